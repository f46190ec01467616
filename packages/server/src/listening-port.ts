/** The TCP port of one server: opened once however often it is asked for, and the same one again after `close()`. */
import { createServer, type Server, type Socket } from 'node:net';
import { MemcacheError } from '@memkit/protocol';

/** Where a listening server can be reached. */
export interface ListeningAddress {
  readonly host: string;
  readonly port: number;
}

interface OpenPort {
  readonly tcp: Server;
  readonly address: ListeningAddress;
}

export class ListeningPort {
  readonly #host: string;
  readonly #onSocket: (socket: Socket) => void;
  /** The port of the first `open()`, kept for the next one. */
  #port: number;
  #address: ListeningAddress | undefined;
  #opening: Promise<OpenPort> | undefined;
  #closing: Promise<void> = Promise.resolve();

  constructor(host: string, port: number, onSocket: (socket: Socket) => void) {
    this.#host = host;
    this.#port = port;
    this.#onSocket = onSocket;
  }

  get address(): ListeningAddress | undefined {
    return this.#address;
  }

  /** @throws `MEMCACHE_CONNECT_FAILED` */
  async open(): Promise<ListeningAddress> {
    const opening = (this.#opening ??= this.#closing.then(() => this.#listen()));
    try {
      const { address } = await opening;
      this.#port = address.port;
      // A close() meanwhile has taken the port away again.
      if (this.#opening === opening) this.#address = address;
      return address;
    } catch (error) {
      if (this.#opening === opening) this.#opening = undefined;
      throw error;
    }
  }

  /** Resolves once the port is free; one that is being opened is closed as soon as it is open. */
  close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    this.#address = undefined;
    if (opening !== undefined) this.#closing = closePort(opening);
    return this.#closing;
  }

  #listen(): Promise<OpenPort> {
    const tcp = createServer(this.#onSocket);
    const [host, port] = [this.#host, this.#port];
    return new Promise((resolve, reject) => {
      // Stays for good: an error of accepting one connection must not end the process.
      tcp.on('error', (cause) => {
        reject(
          new MemcacheError('CONNECT_FAILED', {
            action: 'Cannot listen',
            server: `${host}:${String(port)}`,
            detail: cause.message,
            hint: 'Choose another port, or leave it out for a free one.',
            cause,
          }),
        );
      });
      tcp.listen(port, host, () => {
        const address = tcp.address();
        const opened = typeof address === 'object' && address !== null ? address.port : port;
        resolve({ tcp, address: { host, port: opened } });
      });
    });
  }
}

async function closePort(opening: Promise<OpenPort>): Promise<void> {
  // A port that could not be opened needs no closing, and listen() told its caller.
  const open = await opening.catch(() => undefined);
  if (open !== undefined) await new Promise((resolve) => open.tcp.close(resolve));
}
