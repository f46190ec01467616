/** Sends commands to their servers, and again where the retry policy and the router allow it. */
import { MemcacheError } from '@memkit/protocol';
import type { RoutedServer, Router } from '../cluster/router.js';
import { publishWarning } from '../telemetry/channels.js';
import type { Command } from './command.js';
import { isConnectionFailure, isServerAnswer, judgeFailure } from './retry-policy.js';

/** The time a command has. */
export interface Deadline {
  /** A time of the client's clock, in milliseconds. */
  readonly at: number;
  /** Shorter than the client's own timeout: missing it says nothing about the server. */
  readonly isImpatient: boolean;
}

/** What happened to one command so far; made on the first failure only. */
interface History {
  readonly tried: Set<RoutedServer>;
  hasRepeated: boolean;
}

export class Dispatcher {
  readonly #router: Router;
  readonly #now: () => number;

  /** @param now the clock of deadlines */
  constructor(router: Router, now: () => number) {
    this.#router = router;
    this.#now = now;
  }

  /** One `then` with both handlers, and no async function: each layer of promises costs a tick in the hot path. */
  run<Reply, Result>(command: Command<Reply, Result>, deadline: Deadline): Promise<Result> {
    const server = this.#router.pick(command.key);
    if (server === undefined) return Promise.reject(this.#noServer(command, undefined));
    return this.#attempt(command, server, deadline, undefined);
  }

  #attempt<Reply, Result>(
    command: Command<Reply, Result>,
    server: RoutedServer,
    deadline: Deadline,
    history: History | undefined,
  ): Promise<Result> {
    return server.link.send(command, deadline.at).then(
      (reply) => {
        if (server.health.isTroubled) this.#router.reportSuccess(server);
        return command.result(reply);
      },
      (error: unknown) => this.#recover(command, server, deadline, history, error),
    );
  }

  #recover<Reply, Result>(
    command: Command<Reply, Result>,
    server: RoutedServer,
    deadline: Deadline,
    history: History = { tried: new Set(), hasRepeated: false },
    error: unknown,
  ): Promise<Result> {
    this.#noteHealth(server, deadline, error);
    const verdict = judgeFailure(error, command);
    if (verdict === 'fail' || this.#now() >= deadline.at) throw error;
    if (verdict === 'again') return this.#repeat(command, server, deadline, history, error);
    if (!this.#router.failsOver) throw error;
    history.tried.add(server);
    const next = this.#router.next(command.key, history.tried);
    if (next === undefined) throw this.#noServer(command, error);
    publishWarning({ event: 'failover', server: next.link.name, command: command.name, error });
    return this.#attempt(command, next, deadline, history);
  }

  #repeat<Reply, Result>(
    command: Command<Reply, Result>,
    server: RoutedServer,
    deadline: Deadline,
    history: History,
    error: unknown,
  ): Promise<Result> {
    if (history.hasRepeated) throw error;
    history.hasRepeated = true;
    publishWarning({ event: 'retry', server: server.link.name, command: command.name, error });
    return this.#attempt(command, server, deadline, history);
  }

  #noteHealth(server: RoutedServer, deadline: Deadline, error: unknown): void {
    if (isConnectionFailure(error)) {
      const isTelling = error.code !== 'MEMCACHE_TIMEOUT' || !deadline.isImpatient;
      if (isTelling) this.#router.reportFailure(server, error);
    } else if (server.health.isTroubled && isServerAnswer(error)) {
      this.#router.reportSuccess(server);
    }
  }

  #noServer(command: { readonly name: string; readonly key: string }, cause: unknown): MemcacheError {
    const names = this.#router.servers.map(({ link }) => link.name).join(', ');
    return new MemcacheError('NO_SERVER_AVAILABLE', {
      action: `Cannot ${command.name}`,
      key: command.key,
      command: command.name,
      detail: `all ${String(this.#router.servers.length)} servers are down (${names})`,
      cause,
    });
  }
}
