/** A memcached and this server, started alike and asked alike. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer, type MemcacheServer, type ServerOptions } from '@memkit/server';
import { memcachedBuilds, startMemcached, type RealMemcached, type RealMemcachedOptions } from '@memkit/testing';

type MemcachedVersion = NonNullable<ServerOptions['version']>;

interface KnownBuild {
  readonly name: string;
  readonly program: string;
  readonly version: MemcachedVersion;
}

const VERSIONS: readonly MemcachedVersion[] = ['1.6.18', '1.6.45'];

/** The memcacheds of this machine that the server has the behaviour of. */
export const knownBuilds: readonly KnownBuild[] = memcachedBuilds().flatMap(({ name, program, version }) =>
  VERSIONS.filter((known) => known === version).map((known) => ({ name, program, version: known })),
);

const NOOP = 'mn\r\n';
const NOOP_REPLY = 'MN\r\n';

/** One connection, as text. */
export class Conversation {
  readonly stream: Duplex;
  received = '';
  #onChange: () => void = () => undefined;
  #isClosed = false;

  constructor(stream: Duplex) {
    this.stream = stream;
    stream.on('data', (chunk: Buffer) => {
      this.received += chunk.toString('latin1');
      this.#onChange();
    });
    stream.on('error', () => undefined);
    stream.on('close', () => {
      this.#isClosed = true;
      this.#onChange();
    });
  }

  static async to(port: number): Promise<Conversation> {
    const socket: Socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Conversation(socket);
  }

  /** All replies to text requests without `mn` among them; what came before, when the connection ends. */
  async ask(request: string): Promise<string> {
    const reply = await this.until(request + NOOP, NOOP_REPLY);
    return reply.endsWith(NOOP_REPLY) ? reply.slice(0, -NOOP_REPLY.length) : `${reply}<closed>`;
  }

  /** What comes up to this text. */
  async until(request: string, end: string | RegExp): Promise<string> {
    this.received = '';
    this.stream.write(Buffer.from(request, 'latin1'));
    await this.seen(end);
    return this.received;
  }

  /** Resolves once this text, or something like it at the end, has come, or the connection is closed. */
  seen(text: string | RegExp): Promise<void> {
    const isThere = (): boolean =>
      this.#isClosed || (typeof text === 'string' ? this.received.endsWith(text) : text.test(this.received));
    return new Promise((resolve) => {
      this.#onChange = () => {
        if (isThere()) resolve();
      };
      this.#onChange();
    });
  }

  close(): void {
    this.stream.destroy();
  }
}

/** Both, with the options that mean the same. */
export class Pair {
  readonly server: MemcacheServer;
  readonly #memcached: RealMemcached;
  readonly #open: Conversation[] = [];

  private constructor(memcached: RealMemcached, server: MemcacheServer) {
    this.#memcached = memcached;
    this.server = server;
  }

  static async start(
    { program, version }: KnownBuild,
    theirs: Omit<RealMemcachedOptions, 'binary'> = {},
    ours: ServerOptions = {},
  ): Promise<Pair> {
    const server = createServer({ ...ours, version });
    const [memcached] = await Promise.all([startMemcached({ ...theirs, binary: program }), server.listen()]);
    return new Pair(memcached, server);
  }

  /** A connection to each. */
  async connect(): Promise<readonly [theirs: Conversation, ours: Conversation]> {
    const ports = [this.#memcached.port, this.server.address?.port ?? 0];
    const [theirs, ours] = await Promise.all(ports.map((port) => Conversation.to(port)));
    if (theirs === undefined || ours === undefined) throw new Error('Two ports give two connections.');
    this.#open.push(theirs, ours);
    return [theirs, ours];
  }

  async stop(): Promise<void> {
    for (const conversation of this.#open) conversation.close();
    await Promise.all([this.server.close(), this.#memcached.stop('SIGKILL')]);
  }
}
