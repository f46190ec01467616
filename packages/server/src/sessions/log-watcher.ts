import type { Duplex } from 'node:stream';
// Imported, not global: fake timers of a test must not stop the lines.
import { setImmediate } from 'node:timers';
import type { Watcher } from '../store/event-log.js';

/** memcached's watcher_logbuf_size: what waits for one watcher. */
export const WATCHER_BUFFER_BYTES = 256 * 1024;
/** Room for the line that says how many were skipped. */
const SKIPPED_LINE_CHARACTERS = 128;

/** Lines for one watching connection. Those of one turn leave together; without room they are counted, not kept. */
export class LogWatcher implements Watcher {
  readonly #stream: Duplex;
  #lines = '';
  #skipped = 0;

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  write(line: string): boolean {
    const waiting = this.#stream.writableLength + this.#lines.length;
    if (waiting + line.length + SKIPPED_LINE_CHARACTERS > WATCHER_BUFFER_BYTES) {
      this.#skipped += 1;
      return false;
    }
    if (this.#lines === '') {
      setImmediate(() => {
        this.#send();
      });
    }
    if (this.#skipped > 0) this.#lines += `skipped=${String(this.#skipped)}\n`;
    this.#skipped = 0;
    this.#lines += line;
    return true;
  }

  #send(): void {
    const lines = this.#lines;
    this.#lines = '';
    if (this.#stream.writable) this.#stream.write(lines, 'latin1');
  }
}
