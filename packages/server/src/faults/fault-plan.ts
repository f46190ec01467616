/**
 * What shall go wrong, written as a sentence: `server.faults.on('get').after(1).times(1).dropAfter(10)` lets one get
 * pass, cuts the reply of the next one behind ten bytes, and leaves all others alone. Decides; client-session.ts acts.
 */
import { MemcacheError } from '@memkit/protocol';

/** What a fault can be tied to. The same name covers text, meta and binary: `get` is `get`, `mg` and GET. */
export const FAULT_COMMANDS = [
  'get',
  'set',
  'add',
  'replace',
  'append',
  'prepend',
  'delete',
  'increment',
  'decrement',
  'touch',
  'stats',
  'version',
  'flush',
  'login',
  'other',
] as const;

export type FaultCommand = (typeof FAULT_COMMANDS)[number];

/** A span such as `'100ms'` or `'2s'`. */
export type Delay = `${number}ms` | `${number}s`;

export type FaultAction =
  | { readonly kind: 'delay'; readonly delayMs: number }
  | { readonly kind: 'drop'; readonly bytes: number }
  | { readonly kind: 'fail'; readonly message: string }
  | { readonly kind: 'close' }
  | { readonly kind: 'silence' };

interface Fault {
  readonly commands: readonly FaultCommand[] | undefined;
  readonly action: FaultAction;
  skips: number;
  remaining: number;
}

/** A fault being written down. Every sentence ends with what happens. */
export class FaultSentence {
  readonly #add: (fault: Fault) => void;
  readonly #commands: readonly FaultCommand[] | undefined;
  #skips = 0;
  #times = Number.POSITIVE_INFINITY;

  constructor(add: (fault: Fault) => void, commands: readonly FaultCommand[] | undefined) {
    this.#add = add;
    this.#commands = commands;
  }

  /** Lets this many matching requests pass first. */
  after(requests: number): this {
    this.#skips = wholeNumber(requests, 'after', 0);
    return this;
  }

  /** Happens this many times; without it, until `clear()`. */
  times(count: number): this {
    this.#times = wholeNumber(count, 'times', 1);
    return this;
  }

  /** Answers later. Requests behind it on the same connection wait too, as on a slow server. */
  delay(span: Delay): void {
    this.#act({ kind: 'delay', delayMs: parseDelay(span) });
  }

  /** Closes the connection instead of answering; the request is not carried out. */
  close(): void {
    this.#act({ kind: 'close' });
  }

  /** Never answers: neither this request nor any behind it on the same connection. */
  silence(): void {
    this.#act({ kind: 'silence' });
  }

  /** Carries the request out, sends this many bytes of the reply and closes the connection. */
  dropAfter(bytes: number): void {
    this.#act({ kind: 'drop', bytes: wholeNumber(bytes, 'dropAfter', 0) });
  }

  /** Answers `SERVER_ERROR <message>`, in binary with status 0x82, nothing with `noreply`; the request is not carried out. */
  fail(message = 'out of memory storing object'): void {
    this.#act({ kind: 'fail', message });
  }

  #act(action: FaultAction): void {
    this.#add({ commands: this.#commands, action, skips: this.#skips, remaining: this.#times });
  }
}

/**
 * The faults of one server.
 * @example
 * server.faults.on('get').times(1).close();
 * server.faults.on('set', 'add').delay('200ms');
 * server.faults.silence();
 * server.faults.clear();
 */
export class FaultPlan {
  #faults: Fault[] = [];
  #refusesConnections = false;

  /** Starts a fault for these commands; without a name, for every request. */
  on(...commands: readonly FaultCommand[]): FaultSentence {
    for (const command of commands) assertFaultCommand(command);
    return new FaultSentence((fault) => this.#faults.push(fault), commands.length === 0 ? undefined : commands);
  }

  /** Delays every answer. */
  delay(span: Delay): void {
    this.on().delay(span);
  }

  /** Closes the connection at the next request. */
  close(): void {
    this.on().close();
  }

  /** Answers nothing, on every connection. */
  silence(): void {
    this.on().silence();
  }

  /** Cuts every reply behind this many bytes. */
  dropAfter(bytes: number): void {
    this.on().dropAfter(bytes);
  }

  /** Closes new connections at once; open ones stay. */
  refuse(): void {
    this.#refusesConnections = true;
  }

  /** Ends all faults. Answers that are being delayed or were silenced stay so. */
  clear(): void {
    this.#faults = [];
    this.#refusesConnections = false;
  }

  /** Whether new connections are refused. */
  get refusesConnections(): boolean {
    return this.#refusesConnections;
  }

  /** The fault for this request, counted as used; the one written last wins. */
  take(command: FaultCommand): FaultAction | undefined {
    if (this.#faults.length === 0) return undefined;
    let chosen: FaultAction | undefined;
    for (const fault of this.#faults.toReversed()) {
      if (fault.commands !== undefined && !fault.commands.includes(command)) continue;
      if (fault.skips > 0) {
        fault.skips -= 1;
      } else if (chosen === undefined) {
        fault.remaining -= 1;
        chosen = fault.action;
      }
    }
    this.#faults = this.#faults.filter((fault) => fault.remaining > 0);
    return chosen;
  }
}

function parseDelay(span: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(span);
  if (match === null) {
    throw new MemcacheError('INVALID_OPTION', {
      action: 'Cannot delay answers',
      detail: `${JSON.stringify(span)} is not a delay`,
      hint: "Write a number with its unit, such as '100ms' or '2s'.",
    });
  }
  return Number(match[1]) * (match[2] === 's' ? 1000 : 1);
}

function wholeNumber(value: number, method: string, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new MemcacheError('INVALID_OPTION', {
    action: 'Cannot plan the fault',
    detail: `${method}(${String(value)}) needs a whole number from ${String(least)}`,
  });
}

function assertFaultCommand(command: string): void {
  if ((FAULT_COMMANDS as readonly string[]).includes(command)) return;
  throw new MemcacheError('INVALID_OPTION', {
    action: 'Cannot plan the fault',
    detail: `there is no command ${JSON.stringify(command)}`,
    hint: `Known commands: ${FAULT_COMMANDS.join(', ')}.`,
  });
}
