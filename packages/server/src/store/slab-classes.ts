/**
 * memcached's slab classes: sizes of chunks for small items, and names in statistics for all. `stats items`, `stats slabs`
 * and `cls=` speak of them as memcached would, whose pages are larger, and dashboards read them (slabs.c of 1.6.18,
 * slabs_init, with its default -f and -n).
 */
const SMALLEST_CHUNK_BYTES = 96;
const GROWTH_FACTOR = 1.25;
const ALIGNMENT_BYTES = 8;
const MOST_CLASSES = 63;
/** A page, and half of it: the largest chunk. Larger items take several chunks. */
export const SLAB_PAGE_BYTES = 1024 * 1024;
const LARGEST_CHUNK_BYTES = SLAB_PAGE_BYTES / 2;

/** Size of a chunk in bytes by class; nothing has class 0. */
export const CHUNK_BYTES: readonly number[] = chunkSizes();

function chunkSizes(): readonly number[] {
  const sizes = [0];
  let size = SMALLEST_CHUNK_BYTES;
  while (sizes.length < MOST_CLASSES && size < LARGEST_CHUNK_BYTES / GROWTH_FACTOR) {
    size = Math.ceil(size / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    sizes.push(size);
    size = Math.floor(size * GROWTH_FACTOR);
  }
  return [...sizes, LARGEST_CHUNK_BYTES];
}

/** Of items up to 8 KiB, by their size in units of 8 bytes: looked up some times for each request. */
const SMALL_UNITS = 1024;
const SMALL_CLASSES = Uint8Array.from({ length: SMALL_UNITS + 1 }, (_, units) => searchClass(units * ALIGNMENT_BYTES));

/** The smallest class whose chunks hold an item of so many bytes; the largest for those that need several. */
export function slabClassOf(itemBytes: number): number {
  return SMALL_CLASSES[(itemBytes + ALIGNMENT_BYTES - 1) >>> 3] ?? searchClass(itemBytes);
}

function searchClass(itemBytes: number): number {
  let low = 1;
  let high = CHUNK_BYTES.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((CHUNK_BYTES[middle] ?? 0) < itemBytes) low = middle + 1;
    else high = middle;
  }
  return low;
}
