/** Sends commands to their servers; what may go wrong on the way is the affair of operation.ts and many-read.ts. */
import { MemcacheError } from '@memkit/protocol';
import type { Router } from '../cluster/router.js';
import type { ServerLink } from '../cluster/server-link.js';
import type { ItemsRead } from './chunk-operations.js';
import type { Command, ExptimeLimit } from './command.js';
import { requestFacts } from '../drivers/request-facts.js';
import { gather, type Gathered } from './gather.js';
import { KeyTurns } from './key-turns.js';
import { ManyRead } from './many-read.js';
import type { Deadline } from '../cluster/deadline.js';
import { Operation, type Dispatch } from './operation.js';
import { WaitingCalls } from './waiting-calls.js';

/** A call that waits for a value to be packed. */
export type PackedCall = Pick<Command<unknown, unknown>, 'name' | 'key' | 'effect'>;

/** What settles the promise made last. One executor for all: one for each call would be a closure and its context. */
let settle: (result: never) => void;
let refuse: (error: unknown) => void;
function takeSettlers(resolve: typeof settle, reject: typeof refuse): void {
  settle = resolve;
  refuse = reject;
}

export class Dispatcher {
  /** Keys whose next value is still being made. */
  readonly turns = new KeyTurns();
  readonly waiting: WaitingCalls;
  readonly #dispatch: Dispatch;

  /**
   * @param now the clock of deadlines
   * @param gutterLimit what a server of the gutter makes of an item's expiry
   */
  constructor(router: Router, now: () => number, gutterLimit: ExptimeLimit = (exptime) => exptime) {
    this.#dispatch = { router, now, gutterLimit };
    this.waiting = new WaitingCalls(now);
  }

  /** The server a key would be sent to now, for its limits; `undefined` when none is up or known. */
  linkOf(key: string): ServerLink | undefined {
    const { router } = this.#dispatch;
    return (router.pick(key) ?? router.detour(key)?.server)?.link;
  }

  /** One promise for the whole operation: each further layer costs a tick in the hot path. */
  run<Reply, Result>(command: Command<Reply, Result>, deadline: Deadline): Promise<Result> {
    const turn = this.turnOver(command, deadline);
    return turn === undefined ? this.runNow(command, deadline) : turn.then(() => this.runNow(command, deadline));
  }

  /** Settles when earlier values of the key are on their way; `undefined`: they are. */
  turnOver(call: PackedCall, deadline: Deadline): Promise<void> | undefined {
    const turn = this.turns.turnOf(call.key);
    return turn && this.inTime(turn.then(goOn, goOn), call, deadline);
  }

  /** What `work` brings, unless the deadline of the call it is for passes first: packing large values takes a while. */
  inTime<Value>(work: Promise<Value>, call: PackedCall, deadline: Deadline): Promise<Value> {
    const { name, key, effect } = call;
    const { router } = this.#dispatch;
    const late = (): Error => {
      // As with a value that did not reach its server: what was to be replaced must not be seen again.
      if (effect === 'store' || effect === 'delete') {
        const server = router.pick(key);
        router.changeFailed(key, server && [server]);
      }
      return new MemcacheError('TIMEOUT', {
        ...requestFacts(name, key, ''),
        server: undefined,
        detail: 'a large value of this key was still being compressed',
        hint: 'Raise the timeout, store less, or choose a faster compression.algorithm.',
      });
    };
    return this.waiting.wait(work, call, deadline, late);
  }

  /** As `run`, for the one whose turn it is. */
  runNow<Reply, Result>(command: Command<Reply, Result>, deadline: Deadline): Promise<Result> {
    const promise = new Promise<Result>(takeSettlers);
    const resolve = settle as (result: Result | PromiseLike<Result>) => void;
    new Operation(this.#dispatch, command, deadline, resolve, refuse).start();
    return promise;
  }

  /**
   * The items of the keys that are present, in one round trip for each server. Never rejects for a failed server, whose
   * keys are in `failures`.
   * @param keys each once
   */
  getMany(keys: readonly string[], deadline: Deadline): Promise<ItemsRead> {
    const turn = this.turns.turnOfAll(keys);
    if (turn === undefined) return this.getManyNow(keys, deadline);
    const call = { name: 'getMany', key: '', effect: 'read' } as const;
    return this.inTime(turn, call, deadline).then(() => this.getManyNow(keys, deadline));
  }

  /** As `getMany`, for those whose turn it is. */
  getManyNow(keys: readonly string[], deadline: Deadline): Promise<ItemsRead> {
    return new Promise((resolve, reject) => {
      new ManyRead(this.#dispatch, keys, deadline, resolve, reject).start();
    });
  }

  /**
   * Runs commands on different keys, in one round trip for each server. Never rejects for a failed command, whose key is
   * in `failures`.
   * @param name of the whole call, for messages
   */
  runAll<Reply, Result>(
    name: string,
    commands: readonly Command<Reply, Result>[],
    deadline: Deadline,
  ): Promise<Gathered<Result>> {
    const keys = commands.map(({ key }) => key);
    return gather(name, keys, commands, (command) => this.run(command, deadline), deadline.signal);
  }
}

/** A value that could not be made holds nobody up; its own caller learns why. */
function goOn(): void {
  // Nothing: the turn is over either way.
}
