import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface GateTarget {
  readonly host: string;
  readonly port: number;
}

/**
 * A TCP door in front of one memcached, so that the button can take the cache away from the application whoever runs
 * the server. Open, it passes bytes on as they are (SASL too). Shut, it refuses connections and drops those it had,
 * which is what a crashed server looks like from here.
 *
 * You do not need this in your application.
 */
export class CacheGate {
  readonly target: GateTarget;
  readonly #sockets = new Set<Socket>();
  #port = 0;
  #server: Server | undefined;

  constructor(target: GateTarget) {
    this.target = target;
  }

  get address(): string {
    return `127.0.0.1:${String(this.#port)}`;
  }

  async open(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer((client) => {
      this.#join(client);
    });
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    // The port is remembered: the client was told it once.
    this.#port = (server.address() as AddressInfo).port;
  }

  async shut(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #join(client: Socket): void {
    const memcached = connect(this.target);
    for (const [from, to] of [
      [client, memcached],
      [memcached, client],
    ] as const) {
      this.#sockets.add(from);
      from.setNoDelay(true);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  }
}
