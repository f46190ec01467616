/**
 * Reads many keys: grouped by server, one request for each server, and for the keys of a server that failed another
 * round where the router knows one. Long lists are cut, so that no request keeps the server from everybody else.
 */
import type { MemcacheError } from '@memkit/protocol';
import { ForwardedRequest } from '../cluster/link-request.js';
import type { RoutedServer } from '../cluster/routed-server.js';
import type { FoundItems, WireItem } from '../drivers/protocol-driver.js';
import { publishWarning } from '../telemetry/channels.js';
import type { ItemsRead } from './chunk-operations.js';
import { asMemcacheError } from './gather.js';
import { GetManyCommand } from './get-many.js';
import type { Deadline } from '../cluster/deadline.js';
import type { Dispatch } from './operation.js';
import { judgeFailure, wasLeft } from './retry-policy.js';
import { noServerError, noteFailure } from './server-failures.js';

/** Keys of one request, in bytes; about 500 keys of 32 bytes. */
const MOST_KEY_BYTES = 16_384;

/** Keys that share a server and what was tried for them. */
interface Group {
  readonly server: RoutedServer;
  readonly tried: ReadonlySet<RoutedServer>;
  readonly hasRepeated: boolean;
  readonly command: GetManyCommand;
}

const NONE_TRIED: ReadonlySet<RoutedServer> = new Set();

export class ManyRead {
  readonly #dispatch: Dispatch;
  readonly #deadline: Deadline;
  readonly #settle: (gathered: ItemsRead) => void;
  readonly #refuse: (error: unknown) => void;
  readonly #failures = new Map<string, MemcacheError>();
  readonly #keys: readonly string[];
  /** Where in the list each key is; only for several requests. */
  #places: ReadonlyMap<string, number> | undefined;
  /** What one request for all keys brought, or `#merged`. */
  #found: FoundItems = [];
  readonly #merged: (WireItem | undefined)[] = [];
  #open = 0;

  /** @param keys each once */
  constructor(
    dispatch: Dispatch,
    keys: readonly string[],
    deadline: Deadline,
    settle: (gathered: ItemsRead) => void,
    refuse: (error: unknown) => void,
  ) {
    this.#dispatch = dispatch;
    this.#keys = keys;
    this.#deadline = deadline;
    this.#settle = settle;
    this.#refuse = refuse;
  }

  start(): void {
    const { router } = this.#dispatch;
    if (!router.isKnown) {
      void router.whenKnown(this.#deadline).then(this.start.bind(this), this.#refuse);
      return;
    }
    this.#route(this.#keys, NONE_TRIED, undefined);
    this.#finishIfDone();
  }

  /** @param cause why the last server did not do */
  #route(keys: readonly string[], tried: ReadonlySet<RoutedServer>, cause: unknown): void {
    const { router } = this.#dispatch;
    const only = tried.size === 0 && keys.length > 0 ? router.only : undefined;
    if (only !== undefined) {
      this.#askFor(keys, only, tried);
      return;
    }
    const shares = new Map<RoutedServer, string[]>();
    for (const key of keys) {
      const server = (tried.size === 0 ? router.pick(key) : undefined) ?? router.detour(key, tried)?.server;
      if (server === undefined) {
        this.#failures.set(key, noServerError(router, 'get', key, cause));
        continue;
      }
      const share = shares.get(server);
      if (share === undefined) shares.set(server, [key]);
      else share.push(key);
    }
    for (const [server, share] of shares) {
      if (cause !== undefined) {
        publishWarning({ event: 'failover', server: server.link.name, command: 'getMany', error: cause });
      }
      this.#askFor(share, server, tried);
    }
  }

  #askFor(keys: readonly string[], server: RoutedServer, tried: ReadonlySet<RoutedServer>): void {
    for (const together of server.link.shares(keys)) {
      for (const command of requests(together)) this.#ask({ server, tried, hasRepeated: false, command });
    }
  }

  #ask(group: Group): void {
    this.#open += 1;
    const receiver = {
      resolve: (found: FoundItems) => {
        this.#answered(group, found);
      },
      // The connection is in the middle of something, and what follows may send to it again.
      reject: (error: unknown) => {
        queueMicrotask(() => {
          this.#failed(group, error);
        });
      },
    };
    group.server.link.request(new ForwardedRequest(group.command, this.#deadline, receiver));
  }

  #answered({ server, command }: Group, found: FoundItems): void {
    if (server.health.isTroubled) this.#dispatch.router.reportSuccess(server);
    // Requests keep the order of the list, so one for all keys has the list's places.
    if (found.length === this.#keys.length) this.#found = found;
    else this.#merge(command.keys, found);
    this.#open -= 1;
    this.#finishIfDone();
  }

  #merge(keys: readonly string[], found: FoundItems): void {
    this.#places ??= new Map(this.#keys.map((key, place) => [key, place]));
    for (const [at, key] of keys.entries()) {
      const place = this.#places.get(key);
      if (place !== undefined) this.#merged[place] = found[at];
    }
    this.#found = this.#merged;
  }

  #failed(group: Group, error: unknown): void {
    const { router, now } = this.#dispatch;
    const { server, tried, hasRepeated, command } = group;
    noteFailure(router, server, this.#deadline, error);
    const verdict = now() >= this.#deadline.at ? 'fail' : judgeFailure(error, command);
    if (server.isRemoved && verdict === 'fail' && now() < this.#deadline.at && wasLeft(error, command)) {
      this.#route(command.keys, NONE_TRIED, undefined);
    } else if (verdict === 'again' && !hasRepeated) {
      publishWarning({ event: 'retry', server: server.link.name, command: command.name, error });
      this.#ask({ ...group, hasRepeated: true });
    } else if (verdict === 'elsewhere' && router.failsOver) {
      this.#route(command.keys, new Set([...tried, server]), error);
    } else {
      const failure = asMemcacheError(error, command.name);
      for (const key of command.keys) this.#failures.set(key, failure);
    }
    this.#open -= 1;
    this.#finishIfDone();
  }

  #finishIfDone(): void {
    if (this.#open > 0) return;
    const { signal } = this.#deadline;
    if (signal?.aborted === true) this.#refuse(signal.reason);
    else this.#settle({ items: this.#found, failures: this.#failures });
  }
}

function requests(keys: readonly string[]): GetManyCommand[] {
  const made: GetManyCommand[] = [];
  let first = 0;
  let bytes = 0;
  for (let place = 0; place < keys.length; place += 1) {
    const length = keys[place]?.length ?? 0;
    if (bytes + length > MOST_KEY_BYTES && place > first) {
      made.push(new GetManyCommand(keys.slice(first, place), bytes));
      first = place;
      bytes = 0;
    }
    bytes += length;
  }
  made.push(new GetManyCommand(first === 0 ? keys : keys.slice(first), bytes));
  return made;
}
