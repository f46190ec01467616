/**
 * Single gets that wait together travel as one classic `get k1 … kn`, answered by the items that are there and END. Each of
 * them is still a request of its own, answered as soon as its item has come; behind one whose item did not come in its
 * turn, at END: a proxy may answer in another order, and nobody hears of a miss before it is one.
 *
 *   get a b c d      VALUE a      VALUE c      VALUE d      END
 *                    a: its item                            b: a miss    c: its item    d: its item
 *
 * memcached writes its answer to each classic get at once, which costs more than the get: one by one, 64 gets in flight
 * reach 145,000 to 180,000 a second, together 500,000 to 660,000 (1.6.18 with one thread, Node 22). It holds the answers to
 * meta gets back by itself.
 */
import {
  NO_OPAQUE,
  TextReply,
  writeTextGetEnd,
  writeTextGetKey,
  type ByteWriter,
  type ExpectedItems,
} from '@memkit/protocol/internal';
import type { DriverSession } from './driver-session.js';
import { LineRequest } from './line-request.js';
import { endedTogether, needsMore, type GetsTogether, type WireItem, type WireRequest } from './protocol-driver.js';

/**
 * Client and server take turns when all that is in flight is answered in one piece: 16 keys reach nine tenths of the rate of
 * 8, 64 keys six tenths.
 */
const MOST_KEYS = 8;

type Answer = WireItem | undefined | typeof needsMore | typeof endedTogether;

export class GatheredGets implements GetsTogether, ExpectedItems {
  readonly #session: DriverSession;
  readonly #keys: string[] = [];
  /** Some key is there more than once. It is sent once: what answers from a map of the keys answers once, too. */
  #hasTwins = false;
  /** Place of the key whose item comes next when it is there. */
  #next = 0;
  /** By the places of the keys, what waits for END. */
  readonly #held: (WireItem | undefined)[] = [];

  constructor(session: DriverSession) {
    this.#session = session;
  }

  get isFull(): boolean {
    return this.#keys.length >= MOST_KEYS;
  }

  add(key: string): WireRequest<WireItem | undefined> {
    const isTwin = this.#keys.includes(key);
    this.#hasTwins ||= isTwin;
    return new GatheredGet(key, this.#keys.push(key) - 1, isTwin, this, this.#session);
  }

  end(writer: ByteWriter): void {
    writeTextGetEnd(writer);
  }

  get isOne(): boolean {
    return this.#keys.length === 1;
  }

  get nextKey(): string | undefined {
    return this.#keys[this.#next];
  }

  take(data: Buffer, flags: number): void {
    const key = this.#keys[this.#next] ?? '';
    this.#session.deliver(new TextReply('VALUE', data, flags, 0n, NO_OPAQUE, key, undefined));
  }

  /** What an item means for the first key without an answer; `undefined`: nobody asked for it. */
  onItem(first: number, reply: TextReply & WireItem): Answer {
    const at = reply.text === this.#keys[first] ? first : this.#keys.indexOf(reply.text, first + 1);
    if (at < 0 || this.#held[at] !== undefined) return undefined;
    this.#next = at + 1;
    if (this.#hasTwins) while (this.#isTwin(this.#next)) this.#next += 1;
    // The parser takes the rest by itself while it comes in order.
    this.#session.answering = this;
    const isAnswer = at === first && this.#held.length === 0 && !this.#isLast(at);
    if (this.#hasTwins) this.#holdForTwins(at, reply);
    if (isAnswer) return reply;
    this.#held[at] = reply;
    return needsMore;
  }

  #isTwin(place: number): boolean {
    const key = this.#keys[place];
    return key !== undefined && this.#keys.indexOf(key) < place;
  }

  /** Each has bytes of its own, as if they had come for it. */
  #holdForTwins(at: number, { text, data, flags, cas }: TextReply & WireItem): void {
    for (let twin = at + 1; twin < this.#keys.length; twin += 1) {
      if (this.#keys[twin] === text) this.#held[twin] = { data: Buffer.from(data), flags, cas };
    }
  }

  onEnd(place: number): Answer {
    if (!this.#isLast(place)) return endedTogether;
    this.#session.answering = undefined;
    return this.#held[place];
  }

  itemAt(place: number): WireItem | undefined {
    return this.#held[place];
  }

  #isLast(place: number): boolean {
    return place === this.#keys.length - 1;
  }
}

class GatheredGet extends LineRequest<WireItem | undefined | typeof endedTogether> {
  readonly #place: number;
  readonly #isTwin: boolean;
  readonly #gets: GatheredGets;

  constructor(key: string, place: number, isTwin: boolean, gets: GatheredGets, session: DriverSession) {
    super('get', key, session);
    this.#place = place;
    this.#isTwin = isTwin;
    this.#gets = gets;
  }

  get resultAtEnd(): WireItem | undefined {
    return this.#gets.itemAt(this.#place);
  }

  get together(): GetsTogether | undefined {
    return this.#gets.isOne ? undefined : this.#gets;
  }

  get goesOnBehindErrors(): boolean {
    return !this.#gets.isOne && this.session.goesOnBehindErrors;
  }

  encode(writer: ByteWriter): void {
    if (!this.#isTwin) writeTextGetKey(writer, this.key, this.#place === 0);
  }

  protected read(reply: TextReply): Answer {
    if (reply.code === 'VALUE' && reply.data !== undefined) {
      // A VALUE reply has exactly the three fields of an item.
      const answer = this.#gets.onItem(this.#place, reply as TextReply & WireItem);
      if (answer !== undefined) return answer;
    } else if (reply.code === 'END') return this.#gets.onEnd(this.#place);
    this.session.answering = undefined;
    throw this.failure(reply);
  }
}
