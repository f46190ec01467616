import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { MemcacheError } from '@memkit/protocol';
import { ByteWriter } from '@memkit/protocol/internal';
import { needsMore, type ProtocolDriver, type WireRequest } from '../protocol-driver.js';

interface Asked {
  readonly request: WireRequest<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A driver on a plain socket: requests go out as they are asked, replies settle them in order. */
export class DriverWire {
  readonly #socket: Socket;
  readonly #asked: Asked[] = [];

  private constructor(socket: Socket, driver: ProtocolDriver) {
    this.#socket = socket;
    const parser = driver.createReplyParser((reply) => {
      this.#settle(reply);
    });
    socket.on('data', (chunk) => {
      try {
        parser.push(chunk);
      } catch (error) {
        this.#fail(error);
      }
      // As a connection does that receives into one buffer.
      chunk.fill('?');
    });
    socket.on('error', (error) => {
      this.#fail(error);
    });
    socket.on('close', () => {
      this.#fail(new MemcacheError('CONNECTION_LOST', { action: 'Cannot read the reply' }));
    });
  }

  static async open(port: number, driver: ProtocolDriver): Promise<DriverWire> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    await once(socket, 'connect');
    return new DriverWire(socket, driver);
  }

  ask<Result>(request: WireRequest<Result>): Promise<Result> {
    const writer = new ByteWriter();
    request.encode(writer);
    return new Promise<Result>((resolve, reject) => {
      this.#asked.push({ request, resolve: resolve as (result: unknown) => void, reject });
      this.#socket.write(Buffer.concat(writer.take()));
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #settle(reply: unknown): void {
    const asked = this.#asked[0];
    if (asked === undefined)
      throw new MemcacheError('UNEXPECTED_REPLY', { action: 'Cannot read a reply nobody asked for' });
    try {
      const result = asked.request.decode(reply);
      if (result === needsMore) return;
      asked.resolve(result);
    } catch (error) {
      asked.reject(error);
    }
    this.#asked.shift();
  }

  #fail(error: unknown): void {
    for (const { reject } of this.#asked.splice(0)) reject(error);
  }
}
