/** One fault being written down, from its conditions to what happens. */
import { MemcacheError } from '@memkit/protocol';
import type { FaultAction } from './fault-action.js';
import { assertFaultCommand, type FaultCommand } from './fault-command.js';
import type { Fault } from './fault-table.js';
import { compileKeyPatterns, type KeyPattern, type KeyTest } from './key-pattern.js';
import { seededChance } from './seeded-chance.js';
import { parseSpan, type Span } from './span.js';

const ACTION = 'Cannot plan the fault';
const DAY_MS = 86_400_000;
/** Longer than any message a server sends, and short enough for clients that read a line into a fixed buffer. */
const LONGEST_MESSAGE = 200;
const PRINTABLE_ASCII = /^[ -~]+$/;

/** A fault that was planned; tells a test whether it happened. */
export interface PlannedFault {
  /** How many requests met it so far. */
  readonly happened: number;
}

/**
 * A fault being written: who it is for, how often, and at the end what happens. All conditions must hold; without any,
 * it is for every request.
 */
export class FaultSentence {
  readonly #plan: (fault: Fault) => void;
  #commands: readonly FaultCommand[] | undefined;
  #isKeyMeant: KeyTest | undefined;
  #connection: number | undefined;
  #skips = 0;
  #times = Number.POSITIVE_INFINITY;
  #draw: (() => boolean) | undefined;

  constructor(plan: (fault: Fault) => void) {
    this.#plan = plan;
  }

  /** Only for these commands; each name covers text, meta and binary: `get` is `get`, `gets`, `mg` and GET. */
  on(...commands: readonly FaultCommand[]): this {
    for (const command of commands) assertFaultCommand(command, ACTION);
    this.#commands = commands.length === 0 ? undefined : commands;
    return this;
  }

  /**
   * Only for requests with such a key: a key, a pattern with `*` for any characters, or a regular expression. A request
   * for several keys is meant when any of them matches, one without a key never.
   */
  forKeys(...patterns: readonly KeyPattern[]): this {
    this.#isKeyMeant = compileKeyPatterns(patterns, ACTION);
    return this;
  }

  /** Only on the connection with this number; the first one the server accepted is 1. */
  forConnection(number: number): this {
    this.#connection = wholeNumber(number, 'forConnection', 1);
    return this;
  }

  /** Lets this many of the requests that are meant pass first. */
  after(requests: number): this {
    this.#skips = wholeNumber(requests, 'after', 0);
    return this;
  }

  /** Happens this many times; without it, until `clear()`. */
  times(count: number): this {
    this.#times = wholeNumber(count, 'times', 1);
    return this;
  }

  /**
   * Happens to this share of the requests that are meant, from 0 to 1. The same seed and the same requests in the same
   * order give the same choice.
   */
  withChance(share: number, seed: number): this {
    if (!(share >= 0 && share <= 1)) {
      throw invalid(`withChance(${String(share)}, …) needs a share from 0 to 1`);
    }
    this.#draw = seededChance(share, wholeNumber(seed, `withChance(${String(share)}, …) as its seed`, 0));
    return this;
  }

  /**
   * Answers later, at most a day. Requests behind it on the same connection wait too, as on a slow server. `clear()`
   * answers at once what is still waiting.
   */
  delay(span: Span): PlannedFault {
    const delayMs = parseSpan(span, ACTION);
    if (delayMs < 0 || delayMs > DAY_MS) throw invalid(`a delay of '${span}' is not between '0ms' and '1d'`);
    return this.#act({ kind: 'delay', delayMs });
  }

  /** Closes the connection instead of answering; the request is not carried out. */
  close(): PlannedFault {
    return this.#act({ kind: 'close' });
  }

  /**
   * Resets the connection instead of answering: the client gets `ECONNRESET`. The request is not carried out, and what
   * the client has not yet read of earlier answers may be lost. Where there is no reset (Unix sockets), it closes.
   */
  reset(): PlannedFault {
    return this.#act({ kind: 'reset' });
  }

  /**
   * Never answers: neither this request nor any behind it on the same connection, which stays open; what comes on it is
   * thrown away. `clear()` closes connections that went silent, so that no client waits for them for good.
   */
  silence(): PlannedFault {
    return this.#act({ kind: 'silence' });
  }

  /** Carries the request out, sends this many bytes of the reply and closes the connection. */
  dropAfter(bytes: number): PlannedFault {
    return this.#act({ kind: 'drop', bytes: wholeNumber(bytes, 'dropAfter', 0) });
  }

  /**
   * Answers with bytes that are no reply, as a wrong server behind the address would; the connection stays open and the
   * request is not carried out.
   * @param bytes what to send; without it, the first lines of an HTTP error in text and meta, 32 bytes without the magic
   * byte in binary
   */
  garbage(bytes?: Uint8Array | string): PlannedFault {
    const given = bytes === undefined ? undefined : Buffer.from(bytes);
    if (given?.length === 0) throw invalid('garbage() needs at least one byte');
    return this.#act({ kind: 'garbage', bytes: given });
  }

  /**
   * Answers `SERVER_ERROR <message>`, in binary status 0x82 with that text, nothing with `noreply`; the request is not
   * carried out.
   * @param message printable ASCII of at most 200 characters
   */
  fail(message = 'out of memory storing object'): PlannedFault {
    if (PRINTABLE_ASCII.test(message) && message.length <= LONGEST_MESSAGE) return this.#act({ kind: 'fail', message });
    throw invalid('fail() needs a message of 1 to 200 printable ASCII characters, since it goes into one line');
  }

  /**
   * The item is gone, as if the server had evicted it, before the request is carried out. Of several keys those vanish
   * that `forKeys()` means.
   */
  evict(): PlannedFault {
    return this.#act({ kind: 'evict', isMeant: this.#isKeyMeant });
  }

  /**
   * Answers as a full memcached that may not evict (`-M`), to `set`, `add`, `replace`, `append`, `prepend` and `cas`: out
   * of memory, nothing stored, and the old value of a `set` gone. Other commands are not meant.
   */
  outOfMemory(): PlannedFault {
    const stores = this.#commands?.filter((command) => STORES.includes(command)) ?? STORES;
    if (stores.length === 0) {
      throw invalid('outOfMemory() is an answer to stores, and none is among the commands of on()');
    }
    this.#commands = stores;
    return this.#act({ kind: 'out-of-memory' });
  }

  #act(action: FaultAction): PlannedFault {
    const fault: Fault = {
      commands: this.#commands,
      isKeyMeant: this.#isKeyMeant,
      connection: this.#connection,
      draw: this.#draw,
      action,
      skips: this.#skips,
      remaining: this.#times,
      happened: 0,
    };
    this.#plan(fault);
    return fault;
  }
}

const STORES: readonly FaultCommand[] = ['set', 'add', 'replace', 'append', 'prepend'];

function wholeNumber(value: number, method: string, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw invalid(`${method}(${String(value)}) needs a whole number from ${String(least)}`);
}

function invalid(detail: string): MemcacheError {
  return new MemcacheError('INVALID_OPTION', { action: ACTION, detail });
}
