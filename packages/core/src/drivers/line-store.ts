import { NO_OPAQUE, type TextReply } from '@memkit/protocol/internal';
import type { DriverSession } from './driver-session.js';
import { LineRequest } from './line-request.js';
import type { OutgoingItem, StoreMode, StoreOutcome } from './protocol-driver.js';
import { isRefusedSet, refusedSet } from './refused-set.js';

/** A store in lines: meta and classic text differ in what they write and in the words of the answer. */
export abstract class LineStore extends LineRequest<StoreOutcome> {
  protected readonly mode: StoreMode;
  protected readonly item: OutgoingItem;

  constructor(mode: StoreMode, key: string, item: OutgoingItem, session: DriverSession, opaque = NO_OPAQUE) {
    super(mode, key, session, opaque);
    this.mode = mode;
    this.item = item;
  }

  /** `undefined`: no answer to a store. */
  protected abstract outcomeOf(code: string): StoreOutcome | undefined;

  protected read(reply: TextReply): StoreOutcome {
    const outcome = this.outcomeOf(reply.code);
    if (outcome === undefined) throw this.failure(reply);
    if (outcome === 'not_stored' && isRefusedSet(this.mode, this.item, this.session)) throw refusedSet(this.facts());
    return outcome;
  }
}
