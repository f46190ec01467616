/**
 * The way of a request while faults are planned or calls are recorded; otherwise a session answers without asking here.
 * Acts out what fault-table.ts decides. Holds at most one request: the session keeps those behind it.
 */
// Imported, not global: fake timers of a test must not stop the answers.
import { clearTimeout, setTimeout } from 'node:timers';
import type { ByteWriter } from '@memkit/protocol/internal';
import type { FaultAction, FaultKind } from '../faults/fault-action.js';
import type { FaultTable } from '../faults/fault-table.js';
import { garbageFor } from '../faults/garbage.js';
import type { KeyTest } from '../faults/key-pattern.js';
import type { RequestFacts } from '../faults/request-facts.js';
import type { CallRecorder } from '../recorder/call-recorder.js';
import { ReplyReader } from '../recorder/reply-reader.js';
import type { ItemStore } from '../store/item-store.js';
import type { Answered, RestOfReply } from './answered.js';
import type { PendingRequest } from './pending-request.js';

/** What all watches of one server share. */
export interface WatchContext {
  readonly faults: FaultTable;
  readonly calls: CallRecorder;
  readonly store: ItemStore;
  /** Takes replies that are looked at before they leave; empty between two requests. */
  readonly scratch: ByteWriter;
}

/** What a session lets be done with it. */
export interface SessionHands {
  readonly writer: ByteWriter;
  /** Carries a request out; one that breaks is answered with an error. */
  tryToAnswer(request: PendingRequest, writer: ByteWriter): Answered;
  tryToContinue(rest: RestOfReply, writer: ByteWriter): Answered;
  /** Ends the connection, or keeps the rest of a reply, as the answer says. */
  goOnBehind(answered: Answered): void;
  /** Sends what is written and closes. */
  end(): void;
  /** Sends what is written and resets. */
  reset(): void;
  /** Sends what is written, and then answers and reads nothing until `goOn()`. */
  hold(): void;
  goOn(): void;
  /** Sends what is written, and then throws away whatever comes. */
  goDeaf(): void;
}

/** Faults that take the place of carrying the request out. */
type UnansweredFault = Exclude<FaultAction, { readonly kind: 'delay' | 'drop' | 'evict' }>;

const NO_ANSWER = { outcome: 'fault', hits: 0, bytes: 0 } as const;
/** A multi-get may have any number of keys; a recorded call keeps so many. */
const MOST_KEYS = 100;

export class RequestWatch {
  readonly #context: WatchContext;
  readonly #connection: number;
  readonly #hands: SessionHands;
  #timer: NodeJS.Timeout | undefined;
  /** Takes this connection off the list of those that `clear()` lets go. */
  #unlist: (() => void) | undefined;
  /** Records the call whose reply has not left yet. */
  #recordUnfinished: (() => void) | undefined;

  constructor(context: WatchContext, connection: number, hands: SessionHands) {
    this.#context = context;
    this.#connection = connection;
    this.#hands = hands;
  }

  carryOut(request: PendingRequest): void {
    const { faults } = this.#context;
    const facts = request.facts();
    const fault = faults.isPlanned ? faults.take({ ...facts, connection: this.#connection }) : undefined;
    if (fault === undefined) this.#answer(request, facts, undefined);
    else this.#actOut(fault, request, facts);
  }

  /** The connection is gone: nothing of it may come later. */
  forget(): void {
    this.#letGo();
    this.#recordUnfinished?.();
  }

  #actOut(fault: FaultAction, request: PendingRequest, facts: RequestFacts): void {
    switch (fault.kind) {
      case 'delay':
        this.#delay(fault.delayMs, request, facts);
        return;
      case 'drop':
        this.#dropAfter(fault.bytes, request, facts);
        return;
      case 'evict':
        this.#evict(facts, fault.isMeant);
        this.#answer(request, facts, fault.kind);
        return;
      default:
        this.#record(facts, fault.kind, {
          outcome: 'fault',
          hits: 0,
          bytes: this.#answerOtherwise(fault, request, facts),
        });
    }
  }

  /** Does something else than carrying the request out; gives the bytes sent instead of a reply. */
  #answerOtherwise(fault: UnansweredFault, request: PendingRequest, facts: RequestFacts): number {
    const { writer } = this.#hands;
    const before = writer.length;
    switch (fault.kind) {
      case 'fail':
        request.fail(writer, fault.message);
        break;
      case 'out-of-memory':
        request.refuseForMemory(writer);
        break;
      case 'garbage':
        writer.bytes(fault.bytes ?? garbageFor(facts.protocol));
        break;
      case 'silence':
        this.#goSilent();
        return 0;
      case 'close':
        this.#hands.end();
        return 0;
      case 'reset':
        this.#hands.reset();
        return 0;
    }
    return writer.length - before;
  }

  #answer(request: PendingRequest, facts: RequestFacts, fault: FaultKind | undefined): void {
    const hands = this.#hands;
    if (!this.#context.calls.isRecording) {
      hands.goOnBehind(hands.tryToAnswer(request, hands.writer));
      return;
    }
    const reader = new ReplyReader(facts, this.#context.store.stats);
    const at = this.#context.store.clock.now();
    this.#recordUnfinished = () => {
      this.#recordUnfinished = undefined;
      this.#record(facts, fault, reader, at);
    };
    hands.goOnBehind(this.#listen(reader, (writer) => hands.tryToAnswer(request, writer)));
  }

  /** One piece of a reply goes by way of the recorder, and so will the pieces behind it. */
  #listen(reader: ReplyReader, write: RestOfReply): Answered {
    const { scratch } = this.#context;
    const answered = write(scratch);
    const isSilent = scratch.length === 0;
    for (const chunk of scratch.take()) {
      reader.read(chunk);
      this.#hands.writer.bytes(chunk);
    }
    if (isSilent) reader.readNothing();
    if (typeof answered === 'function') {
      return () => this.#listen(reader, (writer) => this.#hands.tryToContinue(answered, writer));
    }
    this.#recordUnfinished?.();
    return answered;
  }

  #delay(delayMs: number, request: PendingRequest, facts: RequestFacts): void {
    this.#hands.hold();
    const answer = (): void => {
      this.#letGo();
      this.#answer(request, facts, 'delay');
      this.#hands.goOn();
    };
    this.#timer = setTimeout(answer, delayMs);
    this.#unlist = this.#context.faults.onClear(answer);
    this.#recordUnfinished = () => {
      this.#recordUnfinished = undefined;
      this.#record(facts, 'delay', NO_ANSWER);
    };
  }

  #goSilent(): void {
    this.#hands.goDeaf();
    this.#unlist = this.#context.faults.onClear(() => {
      this.#hands.end();
    });
  }

  #letGo(): void {
    clearTimeout(this.#timer);
    this.#unlist?.();
    this.#unlist = undefined;
  }

  #evict({ keys, wireKeys }: RequestFacts, isMeant: KeyTest | undefined): void {
    const { store } = this.#context;
    for (const [index, wireKey] of wireKeys.entries()) {
      const item = isMeant?.(keys[index] ?? '') === false ? undefined : store.peek(wireKey);
      if (item === undefined) continue;
      store.remove(item);
      store.stats.count('evictions');
    }
  }

  /** Earlier replies leave whole; of this one, the first bytes. */
  #dropAfter(bytes: number, request: PendingRequest, facts: RequestFacts): void {
    const hands = this.#hands;
    const { scratch, store } = this.#context;
    const reader = new ReplyReader(facts, store.stats);
    const at = store.clock.now();
    let answered = hands.tryToAnswer(request, scratch);
    while (typeof answered === 'function' && scratch.length < bytes) answered = hands.tryToContinue(answered, scratch);
    const reply = Buffer.concat(scratch.take());
    if (reply.length > 0) reader.read(reply);
    else reader.readNothing();
    const sent = reply.subarray(0, bytes);
    if (sent.length > 0) hands.writer.bytes(sent);
    hands.end();
    this.#record(facts, 'drop', { outcome: reader.outcome, hits: reader.hits, bytes: sent.length }, at);
  }

  #record(
    facts: RequestFacts,
    fault: FaultKind | undefined,
    reply: Pick<ReplyReader, 'outcome' | 'hits' | 'bytes'>,
    at?: number,
  ): void {
    const { calls, store } = this.#context;
    if (!calls.isRecording) return;
    const { protocol, command, keys, valueBytes } = facts;
    calls.add({
      connection: this.#connection,
      protocol,
      command,
      keys: keys.slice(0, MOST_KEYS),
      keyCount: keys.length,
      at: at ?? store.clock.now(),
      outcome: reply.outcome,
      hits: reply.hits,
      fault,
      valueBytes,
      replyBytes: reply.bytes,
    });
  }
}
