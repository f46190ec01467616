import { MemcacheError } from '@memkit/protocol';
import { NO_OPAQUE, type ByteWriter, type TextReply } from '@memkit/protocol/internal';
import type { DriverSession } from './driver-session.js';
import type { needsMore, WireRequest } from './protocol-driver.js';
import { requestFacts } from './request-facts.js';
import { lineReplyError } from './text-reply-errors.js';

/**
 * A request whose replies are lines: meta and classic text. An object with two methods, because one is made for every call;
 * and for the same reason without #methods (see commands/operation.ts).
 */
export abstract class LineRequest<Result> implements WireRequest<Result> {
  readonly command: string;
  readonly key: string;
  protected readonly session: DriverSession;
  /** What the reply must repeat; `NO_OPAQUE` for a classic request. */
  protected readonly opaque: number;

  constructor(command: string, key: string, session: DriverSession, opaque = NO_OPAQUE) {
    this.command = command;
    this.key = key;
    this.session = session;
    this.opaque = opaque;
  }

  abstract encode(writer: ByteWriter): void;
  protected abstract read(reply: TextReply): Result | typeof needsMore;

  decode(reply: unknown): Result | typeof needsMore {
    // The reply comes from this driver's own parser; the seam calls it unknown because each driver has its own type.
    const line = reply as TextReply;
    if (this.opaque !== NO_OPAQUE) this.session.answered();
    if (line.opaque !== this.opaque && !this.mayLackOpaque(line)) throw this.outOfStep(line);
    return this.read(line);
  }

  protected failure(reply: TextReply): MemcacheError {
    return lineReplyError(reply, this.facts(), this.session);
  }

  protected facts() {
    return requestFacts(this.command, this.key, this.session.server);
  }

  /** Error lines carry none (measured on 1.6.18), nor does a miss before 1.6.18. */
  private mayLackOpaque({ code, opaque }: TextReply): boolean {
    if (opaque !== NO_OPAQUE) return false;
    if (code === 'EN') return !this.session.speaks('opaqueOnMiss');
    return code === 'ERROR' || code === 'CLIENT_ERROR' || code === 'SERVER_ERROR';
  }

  private outOfStep({ code, opaque }: TextReply): MemcacheError {
    const got = opaque === NO_OPAQUE ? 'no number' : `number ${opaque}`;
    const expected = this.opaque === NO_OPAQUE ? 'none' : `${this.opaque}`;
    const detail = `the server answered ${code} with ${got} where ${expected} was asked for, so it belongs to another request`;
    return new MemcacheError('UNEXPECTED_REPLY', { ...this.facts(), detail });
  }
}
