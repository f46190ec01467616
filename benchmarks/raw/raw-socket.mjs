import { connect } from 'node:net';
import { saslLogin } from './wire.mjs';

const REUSED_BYTES = 256 * 1024;
/** One for all sockets: what was read is only counted. */
let reused;

/**
 * A connected socket that reports how many bytes came.
 * @param {string} server `host:port`
 * @param {{ reusesBuffer: boolean, credentials?: { username: string, password: string } }} options
 * @returns {Promise<{ write(bytes: Buffer): void, onBytes: (count: number) => void, lastBytes: Buffer }>}
 */
export function openRawSocket(server, { reusesBuffer, credentials }) {
  const colon = server.lastIndexOf(':');
  const address = { host: server.slice(0, colon), port: Number(server.slice(colon + 1)), noDelay: true };
  return new Promise((resolve, reject) => {
    const raw = { write: (bytes) => void socket.write(bytes), onBytes: () => undefined, lastBytes: Buffer.alloc(0) };
    const onread = {
      buffer: (reused ??= Buffer.allocUnsafeSlow(REUSED_BYTES)),
      callback(count, buffer) {
        raw.lastBytes = buffer;
        raw.onBytes(count);
        return true;
      },
    };
    const socket = connect(reusesBuffer ? { ...address, onread } : address);
    if (!reusesBuffer) {
      socket.on('data', (chunk) => {
        raw.lastBytes = chunk;
        raw.onBytes(chunk.length);
      });
    }
    socket.once('error', reject);
    socket.once('connect', () => {
      if (credentials === undefined) {
        resolve(raw);
        return;
      }
      raw.onBytes = () => {
        if (raw.lastBytes.readUInt16BE(6) === 0) resolve(raw);
        else reject(new Error('The raw adapter could not log in.'));
      };
      raw.write(saslLogin(credentials));
    });
  });
}
