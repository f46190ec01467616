/**
 * Starts a real memcached (plain, with a login, with TLS, on a unix socket) and stops it. Fails with the line to type
 * when the program is not installed: no test is skipped for lack of a server.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, LOOPBACK } from './free-port.js';
import { memcachedCommand, type MemcachedCommandOptions } from './memcached-command.js';
import { end, launch, pause } from './memcached-process.js';

export interface RealMemcachedOptions extends MemcachedCommandOptions {
  /** Default: a free port. */
  readonly port?: number;
  /** Listens on a unix socket and on no port. */
  readonly unixSocket?: boolean;
  /** Another build of memcached. Default: `MEMCACHED_BINARY`, or the one on the PATH. */
  readonly binary?: string;
}

export interface RealMemcached {
  /** 0 with `unixSocket`. */
  readonly port: number;
  /** `127.0.0.1:port`, or `unix:///path` with `unixSocket`. */
  readonly address: string;
  /** Where it listens with `unixSocket`, otherwise empty. */
  readonly socketPath: string;
  /** Ends the process and waits for it. Default SIGTERM; SIGKILL for a crash. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** SIGSTOP: the port stays open, nothing is answered. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  /** Starts again in the same place, empty, after `stop`. */
  restart(): Promise<void>;
}

/** The program that is started when no other is asked for. */
export function installedMemcached(): string {
  return process.env['MEMCACHED_BINARY'] ?? 'memcached';
}

export async function startMemcached(options: RealMemcachedOptions = {}): Promise<RealMemcached> {
  const directory = mkdtempSync(join(tmpdir(), 'memkit-memcached-'));
  const removeFiles = (): void => {
    rmSync(directory, { recursive: true, force: true });
  };
  const socketPath = options.unixSocket === true ? join(directory, 'memcached.sock') : '';
  const port = socketPath === '' ? (options.port ?? (await freePort())) : 0;
  const place = socketPath === '' ? port : socketPath;
  const start = async () => {
    const child = await launch(
      options.binary ?? installedMemcached(),
      memcachedCommand(options, place, directory),
      place,
    );
    // Only a SASL database and a socket are used while it runs; what a crashed test run leaves behind is little.
    if (options.sasl === undefined && socketPath === '') removeFiles();
    return child;
  };
  let child = await start().catch((error: unknown) => {
    removeFiles();
    throw error;
  });
  return {
    port,
    address: socketPath === '' ? `${LOOPBACK}:${String(port)}` : `unix://${socketPath}`,
    socketPath,
    async stop(signal = 'SIGTERM') {
      await end(child, signal);
      removeFiles();
    },
    pause: () => {
      pause(child);
    },
    resume: () => void child.kill('SIGCONT'),
    async restart() {
      child = await start();
    },
  };
}
