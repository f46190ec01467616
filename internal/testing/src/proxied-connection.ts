/** One connection through the fault proxy: passes bytes on, or does to them what the proxy's fault says. */
import type { Socket } from 'node:net';
import type { Fault } from './fault.js';
import { GARBAGE, halfHeader, halfReply, strayReply } from './faulty-bytes.js';
import { RefusingGate } from './refusing-gate.js';
import { resetSocket } from './reset-socket.js';

const TRICKLE_MS = 100;
/** Kept until the fault is over: however late a busy process looks at its deadline, no line of a reply has come whole. */
const KEPT = '\n'.charCodeAt(0);

/** What all connections of a proxy share. */
export interface ProxyState {
  fault: Fault | undefined;
  receivedBytes: number;
}

export class ProxiedConnection {
  readonly #client: Socket;
  readonly #proxy: ProxyState;
  readonly #gate: RefusingGate;
  /** Nothing more goes to the client: the connection stands open and is of no use. */
  #isMute: boolean;
  /** Nothing goes to the server either. */
  readonly #isStalled: boolean;
  #trickle: { readonly timer: NodeJS.Timeout; rest: Buffer } | undefined;

  constructor(client: Socket, upstream: Socket, proxy: ProxyState) {
    this.#client = client;
    this.#proxy = proxy;
    this.#isStalled = proxy.fault === 'stall';
    this.#isMute = this.#isStalled;
    this.#gate = new RefusingGate({
      toServer: (bytes) => upstream.write(bytes),
      toClient: (bytes) => client.write(bytes),
    });
    client.on('data', (chunk: Buffer) => {
      this.#onRequest(chunk);
    });
    upstream.on('data', (chunk: Buffer) => {
      this.#onReply(chunk);
    });
    client.once('close', () => {
      clearInterval(this.#trickle?.timer);
      upstream.destroy();
    });
    upstream.once('error', () => {
      resetSocket(client);
    });
    upstream.once('end', () => client.end());
  }

  /** The fault is over: what was held back for its time goes out. */
  release(): void {
    if (this.#trickle === undefined) return;
    clearInterval(this.#trickle.timer);
    this.#client.write(this.#trickle.rest);
    this.#trickle = undefined;
  }

  #onRequest(chunk: Buffer): void {
    this.#proxy.receivedBytes += chunk.length;
    if (this.#isStalled) return;
    const { fault } = this.#proxy;
    const refusal = fault === 'server-full' || fault === 'too-large' ? fault : undefined;
    this.#gate.push(chunk, refusal);
  }

  #onReply(chunk: Buffer): void {
    if (this.#isMute || this.#gate.takeReply(chunk)) return;
    if (this.#trickle !== undefined) {
      this.#trickle.rest = Buffer.concat([this.#trickle.rest, chunk]);
      return;
    }
    switch (this.#proxy.fault) {
      case 'silence':
        this.#sayLast(Buffer.alloc(0));
        return;
      case 'half-header':
        this.#sayLast(halfHeader(chunk));
        return;
      case 'garbage':
        this.#sayLast(GARBAGE);
        return;
      case 'fin-before-reply':
        this.#isMute = true;
        this.#client.end();
        return;
      case 'fin-inside-reply':
        this.#isMute = true;
        this.#client.end(halfReply(chunk));
        return;
      case 'reset':
        resetSocket(this.#client);
        return;
      case 'trickle':
        this.#startTrickle(chunk);
        return;
      case 'stray-before':
        this.#client.write(Buffer.concat([strayReply(chunk), chunk]));
        return;
      case 'stray-behind':
        this.#client.write(Buffer.concat([chunk, strayReply(chunk)]));
        return;
      default:
        this.#client.write(chunk);
    }
  }

  #sayLast(bytes: Buffer): void {
    this.#isMute = true;
    if (bytes.length > 0) this.#client.write(bytes);
  }

  #startTrickle(chunk: Buffer): void {
    const timer = setInterval(() => {
      const trickle = this.#trickle;
      if (trickle === undefined || trickle.rest.length === 0 || trickle.rest[0] === KEPT) return;
      this.#client.write(trickle.rest.subarray(0, 1));
      trickle.rest = trickle.rest.subarray(1);
    }, TRICKLE_MS);
    this.#trickle = { timer, rest: chunk };
  }
}
