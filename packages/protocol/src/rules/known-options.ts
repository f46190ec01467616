import { MemcacheError } from '../errors/memcache-error.js';

/**
 * Throws when the options are no object, as those of a factory that forgot its return, or when they hold a name that
 * nobody reads, and names the nearest known one: a misspelled option that is silently ignored looks like one that does
 * not work.
 * @param where whose options these are, as a call: `createServer()`
 * @throws `MEMCACHE_INVALID_OPTION`
 */
export function assertKnownOptions(options: unknown, known: readonly string[], where: string): void {
  if (typeof options !== 'object' || options === null) {
    const got = options === undefined || options === null ? String(options) : `a ${typeof options}`;
    throw new MemcacheError('INVALID_OPTION', {
      action: `Cannot use the options of ${where}`,
      detail: `they are ${got}, not an object`,
      hint: `Give an object with any of ${known.join(', ')}.`,
    });
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const nearest = nearestName(name, known);
    throw new MemcacheError('INVALID_OPTION', {
      action: `Cannot use the option ${JSON.stringify(name)} of ${where}`,
      detail: 'there is no option of this name',
      hint:
        nearest === undefined
          ? `Known options: ${known.join(', ')}.`
          : `Did you mean ${JSON.stringify(nearest)}? Known options: ${known.join(', ')}.`,
    });
  }
}

/** The known name with the fewest typing errors between it and `name`; `undefined` when none is close. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  let nearest: string | undefined;
  // A third of the letters wrong is a typing error; more is another word.
  let fewest = Math.max(1, Math.ceil(name.length / 3)) + 1;
  for (const candidate of known) {
    const [given, right] = [name.toLowerCase(), candidate.toLowerCase()];
    // A name cut short (user for username) is nearer than its missing letters say.
    const distance = given.length > 2 && right.startsWith(given) ? 1 : editDistance(given, right);
    if (distance >= fewest) continue;
    fewest = distance;
    nearest = candidate;
  }
  return nearest;
}

/** Levenshtein distance, one row of the matrix at a time. */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const substitute = (previous[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      current.push(Math.min(substitute, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}
