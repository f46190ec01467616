import { Duplex } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import type { ConnectionFailure } from './connection-errors.js';
import { SilenceWatch } from './silence-watch.js';
import { WayIn } from './way-in.js';

/** A server that wants a login, and tells so to the line of text among the questions. */
function watchOf(onDestroy: (watch: SilenceWatch) => void): {
  readonly found: ConnectionFailure[];
  over: Promise<void>;
} {
  const found: ConnectionFailure[] = [];
  let end: () => void = () => undefined;
  const over = new Promise<void>((resolve) => (end = resolve));
  const openSocket = (): Duplex => {
    let isSilent = false;
    const stream: Duplex = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        done();
        if (chunk.toString('latin1') === 'version\r\n') stream.push('CLIENT_ERROR unauthenticated\r\n');
        else isSilent = true;
      },
      destroy: (error, done) => {
        // The question that got no answer ends with the one that got it.
        if (isSilent) onDestroy(watch);
        if (isSilent) setImmediate(end);
        done(error);
      },
    });
    return stream;
  };
  const way = new WayIn({ server: { host: 'cache.example', port: 1 }, protocol: 'auto', openSocket });
  const watch = new SilenceWatch(way, (failure) => found.push(failure));
  watch.arm(way.now() + 20, () => 'text');
  return { found, over };
}

describe('SilenceWatch', () => {
  it('tells what a silent server waits for', async () => {
    const { found, over } = watchOf(() => undefined);
    await over;
    expect(found).toMatchObject([{ name: 'AUTH_FAILED' }]);
  });

  it('tells nothing once it was stopped, though the server had answered already', async () => {
    const { found, over } = watchOf((watch) => {
      watch.stop();
    });
    await over;
    expect(found).toEqual([]);
  });
});
