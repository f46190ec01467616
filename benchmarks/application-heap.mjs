/**
 * What an application keeps in memory beside its cache client. V8 lets a heap grow by a share of its size before it marks
 * it, and counts the bytes of Buffers: a bare process of 8 MB that reads values of 500 KB is marked for every 60 of them,
 * which halves its rate; one of 25 MB, as the showcase is after its start, hardly ever.
 */
const STEP = 1000;
const MEGABYTE = 1_000_000;

/**
 * Objects of about so many megabytes.
 * @param {number} megabytes 0: none
 * @returns {readonly object[]} to be kept
 */
export function applicationHeap(megabytes) {
  const kept = [];
  const enough = process.memoryUsage().heapUsed + megabytes * MEGABYTE;
  while (megabytes > 0 && process.memoryUsage().heapUsed < enough) {
    for (let number = 0; number < STEP; number += 1) {
      const id = kept.length;
      kept.push({ id, name: `user ${String(id)}`, roles: [id, id + 1], address: { city: `city ${String(id)}` } });
    }
  }
  return kept;
}
