import { readFileSync } from 'node:fs';
import { cannotStart } from './cannot-start.js';

/**
 * @param what it should hold, for the message: `users`, `the certificate`
 * @throws `MEMCACHE_INVALID_OPTION`
 */
export function readTextFile(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw cannotStart(
      `${what} cannot be read from the file: ${(cause as Error).message}`,
      'Give the path of a readable file.',
    );
  }
}
