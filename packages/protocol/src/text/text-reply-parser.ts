/**
 * Client side of a text connection: bytes -> replies, classic and meta mixed, as a server answers both on one
 * connection. A retrieval is answered by zero or more `VALUE` and one `END`; `stats` by `STAT` and `END`; everything else
 * is one reply. Knows nothing of requests, sockets or time. Chunks may be overwritten after push(): nothing is kept.
 */
import { readDigits } from '../bytes/decimal.js';
import { LineFramer, NO_BODY, unexpectedReply } from '../bytes/line-framer.js';
import { readMetaFlags } from '../meta/meta-reply-flags.js';
import { readUsualReplies } from '../meta/usual-replies.js';
import {
  bareReply,
  isValueLine,
  numberReply,
  readConfigSize,
  readValueLine,
  replyWithText,
} from './classic-reply-lines.js';
import { readExpectedItems, type ExpectedItems } from './expected-items.js';
import { plainReply, ReplyHead, type MetaReplyCode, type TextReply } from './text-reply.js';

const SPACE = 0x20;
const pair = (letters: string): number => (letters.charCodeAt(0) << 8) | letters.charCodeAt(1);

const VA = pair('VA');
/** A reply without flags is the same object every time. */
const metaStatuses: ReadonlyMap<number, { readonly code: MetaReplyCode; readonly plain: TextReply }> = new Map(
  (['HD', 'EN', 'NF', 'NS', 'EX', 'MN'] as const).map((code) => [pair(code), { code, plain: plainReply(code) }]),
);

/** Who knows the request whose reply is coming in. */
export interface ReplyContext {
  /** What many keys were asked for with, once their first item came. */
  readonly answering: ExpectedItems | undefined;
}

export class TextReplyParser {
  readonly #onReply: (reply: TextReply) => void;
  readonly #framer: LineFramer;
  /** The line whose data block is still to come. */
  readonly #head = new ReplyHead();

  constructor(onReply: (reply: TextReply) => void, context?: ReplyContext) {
    this.#onReply = onReply;
    const head = this.#head;
    this.#framer = new LineFramer({
      line: (bytes, start, end) => this.#line(bytes, start, end),
      body: (data) => {
        this.#onReply(head.toReply(data));
      },
      readAhead: (bytes, at, copier) => {
        const expected = context?.answering;
        if (expected === undefined) return readUsualReplies(bytes, at, copier, this.#onReply);
        return readExpectedItems(expected, bytes, at, copier);
      },
      get endsLoosely() {
        // ElastiCache's text ends in a line feed that not every engine counts.
        return head.code === 'CONFIG';
      },
    });
  }

  /** Where the next bytes are best written to before they are pushed; `undefined`: anywhere. */
  get room(): Buffer | undefined {
    return this.#framer.room;
  }

  /**
   * Takes the next bytes of the stream and reports every reply that is now whole.
   * @throws `MEMCACHE_UNEXPECTED_REPLY`; the connection must be given up then
   */
  push(chunk: Buffer): void {
    this.#framer.push(chunk);
  }

  /** Returns the size of the data block that follows. */
  #line(bytes: Buffer, start: number, end: number): number {
    const afterCode = start + 2;
    if (afterCode === end || (afterCode < end && bytes[afterCode] === SPACE)) {
      const code = ((bytes[start] ?? 0) << 8) | (bytes[start + 1] ?? 0);
      if (code === VA) return this.#value(bytes, afterCode + 1, end);
      const status = metaStatuses.get(code);
      if (status !== undefined) {
        this.#onReply(afterCode === end ? status.plain : this.#status(status.code, bytes, afterCode, end));
        return NO_BODY;
      }
    }
    if (isValueLine(bytes, start, end)) return readValueLine(this.#head, bytes, start, end);
    const reply = bareReply(bytes, start, end) ?? numberReply(bytes, start, end) ?? replyWithText(bytes, start, end);
    if (reply.code === 'CONFIG') {
      this.#head.begin('CONFIG');
      return readConfigSize(reply.text);
    }
    this.#onReply(reply);
    return NO_BODY;
  }

  #value(bytes: Buffer, start: number, end: number): number {
    let at = start;
    while (at < end && bytes[at] !== SPACE) at += 1;
    const size = readDigits(bytes, start, at);
    if (size < 0) throw unexpectedReply('a value is announced without its length');
    this.#head.begin('VA');
    readMetaFlags(this.#head, bytes, at, end);
    return size;
  }

  #status(code: MetaReplyCode, bytes: Buffer, at: number, end: number): TextReply {
    this.#head.begin(code);
    readMetaFlags(this.#head, bytes, at, end);
    return this.#head.toReply(undefined);
  }
}
