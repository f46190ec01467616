/** The bytes of a reply, and what the server counted meanwhile -> what came of the call. Keeps no byte of it. */
import { binaryStatus } from '@memkit/protocol/internal';
import type { RequestFacts } from '../faults/request-facts.js';
import type { ServerCounter, ServerStats } from '../store/server-stats.js';
import type { CallOutcome } from './recorded-call.js';

const STATUS_AT = 6;
const VALUE_LINE = /^VALUE \S+ \d+ (\d+)/;

/** What each word that begins a text or meta reply means, where it does not depend on the command. */
const WORDS: Readonly<Record<string, CallOutcome>> = {
  EN: 'miss',
  NF: 'miss',
  NS: 'not-stored',
  EX: 'exists',
  STORED: 'stored',
  NOT_STORED: 'not-stored',
  EXISTS: 'exists',
  NOT_FOUND: 'miss',
  DELETED: 'deleted',
  TOUCHED: 'hit',
  ERROR: 'unknown-command',
  CLIENT_ERROR: 'client-error',
  SERVER_ERROR: 'server-error',
};

const STATUSES: ReadonlyMap<number, CallOutcome> = new Map<number, CallOutcome>([
  [binaryStatus.keyNotFound, 'miss'],
  [binaryStatus.keyExists, 'exists'],
  [binaryStatus.notStored, 'not-stored'],
  [binaryStatus.invalidArguments, 'client-error'],
  [binaryStatus.notANumber, 'client-error'],
  [binaryStatus.authFailed, 'refused'],
  [binaryStatus.unknownCommand, 'unknown-command'],
  [binaryStatus.authContinue, 'ok'],
]);

export class ReplyReader {
  readonly #facts: RequestFacts;
  readonly #stats: ServerStats;
  readonly #before: ReadonlyMap<ServerCounter, number>;
  #outcome: CallOutcome | undefined;
  /** Bytes of a value that are still to come. */
  #skip = 0;
  hits = 0;
  bytes = 0;

  /** Created before the request is carried out. */
  constructor(facts: RequestFacts, stats: ServerStats) {
    this.#facts = facts;
    this.#stats = stats;
    this.#before = new Map(COUNTERS.map((name) => [name, stats.get(name)]));
  }

  /** There is no reply at all, as quiet forms have it. */
  readNothing(): void {
    this.#outcome ??= this.#outcomeOfSilence();
  }

  /** Takes the next bytes of the reply. */
  read(piece: Buffer): void {
    this.bytes += piece.length;
    if (this.#facts.protocol === 'binary') this.#outcome ??= this.#outcomeOfStatus(piece);
    else this.#readLines(piece);
  }

  get outcome(): CallOutcome {
    if (this.hits > 0 && this.#facts.keys.length > this.hits) return 'partial';
    return this.#outcome ?? 'ok';
  }

  #readLines(piece: Buffer): void {
    let at = this.#skipped(piece, 0);
    while (at < piece.length) {
      const end = piece.indexOf('\r\n', at);
      const line = piece.toString('latin1', at, end < 0 ? piece.length : end);
      const value = VALUE_LINE.exec(line);
      if (value === null || end < 0) {
        this.#outcome ??= this.#outcomeOfLine(line);
        return;
      }
      this.#outcome = 'hit';
      this.hits += 1;
      this.#skip = Number(value[1]) + 2;
      at = this.#skipped(piece, end + 2);
    }
  }

  #skipped(piece: Buffer, at: number): number {
    const taken = Math.min(this.#skip, piece.length - at);
    this.#skip -= taken;
    return at + taken;
  }

  #outcomeOfLine(line: string): CallOutcome {
    const word = line.split(' ', 1)[0] ?? '';
    if (word === 'HD' || word === 'VA') return this.#success();
    if (word === 'END') return this.#facts.keys.length > 0 ? 'miss' : 'ok';
    if (/^\d+$/.test(word)) return 'changed';
    if (line.startsWith('CLIENT_ERROR unauth')) return 'refused';
    return WORDS[word] ?? 'ok';
  }

  #outcomeOfStatus(reply: Buffer): CallOutcome {
    const { command } = this.#facts;
    const status = reply.readUInt16BE(STATUS_AT);
    if (status === binaryStatus.success) return this.#success();
    // The statuses say why: an item is there, or is not.
    if (command === 'add' && status === binaryStatus.keyExists) return 'not-stored';
    if (command === 'replace' && status === binaryStatus.keyNotFound) return 'not-stored';
    return STATUSES.get(status) ?? 'server-error';
  }

  #success(): CallOutcome {
    switch (this.#facts.command) {
      case 'get':
        // A meta get that creates the item (N) found none.
        if (this.#grown('total_items')) return 'miss';
        this.hits = 1;
        return 'hit';
      case 'touch':
        this.hits = 1;
        return 'hit';
      case 'delete':
        return 'deleted';
      case 'increment':
      case 'decrement':
        return 'changed';
      case 'set':
      case 'add':
      case 'replace':
      case 'append':
      case 'prepend':
        return 'stored';
      default:
        return 'ok';
    }
  }

  /** Quiet forms leave the nominal outcome out; what the server counted tells which it was. */
  #outcomeOfSilence(): CallOutcome {
    const { command } = this.#facts;
    switch (command) {
      case 'get':
        return 'miss';
      case 'touch':
        return this.#grown('touch_hits') ? 'hit' : 'miss';
      case 'delete':
        return this.#grown('delete_hits') ? 'deleted' : 'miss';
      case 'increment':
      case 'decrement':
        if (this.#grown('incr_hits', 'decr_hits', 'total_items')) return 'changed';
        return this.#grown('incr_misses', 'decr_misses') ? 'miss' : 'client-error';
      case 'set':
      case 'add':
      case 'replace':
      case 'append':
      case 'prepend':
        if (this.#grown('total_items')) return 'stored';
        if (this.#grown('store_no_memory', 'store_too_large')) return 'server-error';
        if (this.#grown('cas_badval')) return 'exists';
        return this.#grown('cas_misses') ? 'miss' : 'not-stored';
      default:
        return 'ok';
    }
  }

  #grown(...names: readonly (typeof COUNTERS)[number][]): boolean {
    return names.some((name) => this.#stats.get(name) > (this.#before.get(name) ?? 0));
  }
}

const COUNTERS = [
  'total_items',
  'touch_hits',
  'delete_hits',
  'incr_hits',
  'incr_misses',
  'decr_hits',
  'decr_misses',
  'store_no_memory',
  'store_too_large',
  'cas_badval',
  'cas_misses',
] as const satisfies readonly ServerCounter[];
