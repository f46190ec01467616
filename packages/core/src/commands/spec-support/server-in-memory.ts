/** A server that is a map in this process and fails when told, and the way to it. */
import { MemcacheError, type ErrorName } from '@memkit/protocol';
import { ForwardedRequest, type LinkRequest } from '../../cluster/link-request.js';
import type { ServerLink } from '../../cluster/server-link.js';
import type {
  OutgoingItem,
  ProtocolDriver,
  Sendable,
  StoreMode,
  WireItem,
  WireRequest,
} from '../../drivers/protocol-driver.js';
import { serverCounters } from '../../telemetry/server-counters.js';
import { itemLimits } from '../../values/item-limits.js';

/** The clock of deadlines; a server that hangs moves it to the deadline. */
export interface Clock {
  nowMs: number;
}

export interface StoredItem {
  readonly text: string;
  readonly exptime: number;
}

/** Does what a connection promises: owed deletions come before anything else. */
export class ServerInMemory implements ServerLink {
  readonly name: string;
  readonly address = { host: 'server', port: 11_211 };
  readonly limits = itemLimits(undefined, 'memcached');
  readonly counters = serverCounters();
  readonly items = new Map<string, StoredItem>();
  readonly owed = new Set<string>();
  /** Names of the commands that arrived, with their keys. */
  readonly seen: string[] = [];
  /** What every request fails with. */
  failure: ErrorName | undefined;
  /** What callers give up with after their command was sent, and carried out. */
  abandonment: Error | undefined;
  isClosed = false;

  readonly #clock: Clock;

  constructor(name: string, clock: Clock) {
    this.name = name;
    this.#clock = clock;
  }

  request<Reply>(request: LinkRequest<Reply>): void {
    const { command, deadline } = request;
    queueMicrotask(() => {
      const failure = this.isClosed ? 'CLIENT_CLOSED' : this.failure;
      if (failure === undefined) {
        const reply = this.#answer(command);
        if (this.abandonment === undefined) request.resolve(reply);
        else request.reject(this.abandonment);
        return;
      }
      if (failure === 'TIMEOUT') this.#clock.nowMs = deadline.at;
      request.reject(new MemcacheError(failure, { action: `Cannot ${command.name}`, server: this.name }));
    });
  }

  send<Reply>(command: Sendable<Reply>, deadlineAt: number): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.request(new ForwardedRequest(command, { at: deadlineAt }, { resolve, reject }));
    });
  }

  shares(keys: readonly string[]): readonly (readonly string[])[] {
    return [keys];
  }

  invalidateLater(key: string): void {
    this.owed.add(key);
  }

  get missedKeys(): readonly string[] {
    return [...this.owed];
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  #answer<Reply>(command: Sendable<Reply>): Reply {
    for (const key of this.owed) this.items.delete(key);
    this.owed.clear();
    const keys = 'keys' in command && Array.isArray(command.keys) ? command.keys.join(',') : command.key;
    this.seen.push(`${command.name} ${keys}`);
    return command.request(driverOf(this.items)).decode(undefined) as Reply;
  }
}

function driverOf(items: Map<string, StoredItem>): ProtocolDriver {
  const get = (key: string): WireItem | undefined => {
    const item = items.get(key);
    return item && { data: Buffer.from(item.text), flags: 0, cas: 1n };
  };
  const touch = (key: string, exptime: number): boolean => {
    const item = items.get(key);
    if (item !== undefined) items.set(key, { ...item, exptime });
    return item !== undefined;
  };
  const store = (mode: StoreMode, key: string, { data, exptime }: OutgoingItem): boolean => {
    const before = items.get(key);
    if (mode !== 'set' && (before === undefined) !== (mode === 'add')) return false;
    const text = String(data);
    if (mode === 'append' || mode === 'prepend')
      items.set(key, { ...before, text: `${String(before?.text)}${text}`, exptime: before?.exptime ?? 0 });
    else items.set(key, { text, exptime });
    return true;
  };
  const count = (key: string, by: bigint): bigint | undefined => {
    const before = items.get(key);
    if (before === undefined) return undefined;
    const after = BigInt(before.text) + by;
    items.set(key, { ...before, text: String(after) });
    return after;
  };
  const answer = <Result>(run: () => Result): WireRequest<Result> => ({ encode: () => undefined, decode: run });
  return {
    name: 'meta',
    get: (key) => answer(() => get(key)),
    gets: (key) => answer(() => get(key)),
    getIfChanged: (key) =>
      answer(() => {
        const item = get(key);
        return item && { ...item, connection: 1 };
      }),
    getMany: (keys) => answer(() => keys.map(get)),
    getAndTouch: (key, exptime) => answer(() => (touch(key, exptime) ? get(key) : undefined)),
    store: (mode, key, item) => answer(() => (store(mode, key, item) ? 'stored' : 'not_stored')),
    delete: (key) => answer(() => items.delete(key)),
    arithmetic: (key, { by }) => answer(() => count(key, by)),
    touch: (key, exptime) => answer(() => touch(key, exptime)),
    stats: () => answer(() => ({})),
    version: () => answer(() => '1.6.18'),
    flush: () =>
      answer(() => {
        items.clear();
      }),
    clusterConfiguration: () => answer(() => ''),
    createReplyParser: () => ({ push: () => undefined }),
  };
}
