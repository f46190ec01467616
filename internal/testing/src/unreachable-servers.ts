/** Addresses at which a client gets nowhere. */
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, LOOPBACK } from './free-port.js';
import { startMemcached } from './real-memcached.js';

/** `127.0.0.1:port` where nobody listens: connecting is refused at once. */
export async function refusedAddress(): Promise<string> {
  return `${LOOPBACK}:${String(await freePort())}`;
}

export interface BlackHole {
  readonly port: number;
  /** `127.0.0.1:port`. */
  readonly address: string;
  /** From now on a memcached answers there. Attempts under way get through when the system repeats their SYN. */
  open(): void;
  /** Swallows new connections again. */
  close(): Promise<void>;
  stop(): Promise<void>;
}

/** Connecting over the loopback takes microseconds; who waits this long waits for good. */
const HANGS_AFTER_MS = 100;

/**
 * An address where connecting is neither accepted nor refused. A memcached with a queue of one connection stands still
 * and its queue is filled, so the system drops every further SYN; nothing outside the loopback is touched.
 */
export async function blackHole(): Promise<BlackHole> {
  const server = await startMemcached({ args: ['-b', '1'] });
  let fillers: Socket[] = [];
  const release = (): void => {
    for (const socket of fillers) socket.destroy();
    fillers = [];
  };
  const close = async (): Promise<void> => {
    server.pause();
    for (;;) {
      const socket = connect({ port: server.port, host: LOOPBACK });
      socket.on('error', () => undefined);
      fillers.push(socket);
      const connected = new Promise((resolve) => socket.once('connect', resolve)).then(() => true);
      if (!(await Promise.race([connected, delay(HANGS_AFTER_MS, false)]))) return;
    }
  };
  await close();
  return {
    port: server.port,
    address: server.address,
    open() {
      release();
      server.resume();
    },
    close,
    async stop() {
      release();
      await server.stop('SIGKILL');
    },
  };
}
