/**
 * Lets requests through, and answers those that store something itself while a refusal is on. Replies must stay in the
 * order of the requests, so the gate then sends one request at a time, each followed by a request whose answer is known:
 * what comes before that answer is the reply, whatever its protocol.
 */
import { replyFrame, requestFrame } from './binary-frames.js';
import { refusalReply, type Refusal } from './faulty-bytes.js';
import { RequestSplitter, type SplitRequest } from './request-splitter.js';

interface Ends {
  readonly toServer: (bytes: Buffer) => void;
  readonly toClient: (bytes: Buffer) => void;
}

const NOOP = 0x0a;
const OPAQUE = 0xfeed_beef;

/** A request and the bytes the server answers it with. */
interface Marker {
  readonly request: Buffer;
  readonly reply: Buffer;
}

const textMarker: Marker = { request: Buffer.from('mn\r\n'), reply: Buffer.from('MN\r\n') };
const binaryMarker: Marker = {
  request: Buffer.from(requestFrame(NOOP, { opaque: OPAQUE }), 'latin1'),
  reply: Buffer.from(replyFrame(NOOP, 0, { opaque: OPAQUE }), 'latin1'),
};

export class RefusingGate {
  readonly #ends: Ends;
  readonly #splitter = new RequestSplitter();
  #isSplitting = false;
  readonly #waiting: { readonly request: SplitRequest; readonly refusal: Refusal | undefined }[] = [];
  #underWay: { readonly marker: Marker; received: Buffer } | undefined;

  constructor(ends: Ends) {
    this.#ends = ends;
  }

  /** Bytes of the client. Once a refusal was on, the connection stays with one request at a time. */
  push(chunk: Buffer, refusal: Refusal | undefined): void {
    this.#isSplitting ||= refusal !== undefined;
    if (!this.#isSplitting) {
      this.#ends.toServer(chunk);
      return;
    }
    for (const request of this.#splitter.push(chunk)) this.#waiting.push({ request, refusal });
    this.#next();
  }

  /** Bytes of the server; whether they belong to a request of the gate, which then passes them on. */
  takeReply(chunk: Buffer): boolean {
    const underWay = this.#underWay;
    if (underWay === undefined) return false;
    underWay.received = Buffer.concat([underWay.received, chunk]);
    const { received, marker } = underWay;
    const replyBytes = received.length - marker.reply.length;
    if (replyBytes < 0 || !received.subarray(replyBytes).equals(marker.reply)) return true;
    this.#underWay = undefined;
    if (replyBytes > 0) this.#ends.toClient(received.subarray(0, replyBytes));
    this.#next();
    return true;
  }

  #next(): void {
    while (this.#underWay === undefined) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      const { request, refusal } = next;
      if (refusal !== undefined && isRefused(request, refusal)) {
        if (!request.isNoReply) this.#ends.toClient(refusalReply(refusal, request.binary));
        continue;
      }
      const marker = request.binary === undefined ? textMarker : binaryMarker;
      this.#underWay = { marker, received: Buffer.alloc(0) };
      this.#ends.toServer(Buffer.concat([request.bytes, marker.request]));
    }
  }
}

/** A number that grows by a digit needs a new item, so a full server may refuse to count, too. */
function isRefused({ kind }: SplitRequest, refusal: Refusal): boolean {
  return kind === 'store' || (kind === 'count' && refusal === 'server-full');
}
