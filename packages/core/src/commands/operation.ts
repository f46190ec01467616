/**
 * One command on its way: sent to its server, and again where the retry policy and the router allow it. It is what the
 * connection hands the reply to, so that an operation that goes well costs one promise and no closure of its own.
 */
import type { RoutedServer } from '../cluster/routed-server.js';
import type { Detour, Router } from '../cluster/router.js';
import type { Deadline } from '../cluster/deadline.js';
import { ForwardedRequest, LinkRequest } from '../cluster/link-request.js';
import { publishWarning } from '../telemetry/channels.js';
import type { Command, ExptimeLimit } from './command.js';
import { copyToReplicas } from './replicate.js';
import { judgeFailure, mayHaveMissed, wasGivenUp, wasLeft } from './retry-policy.js';
import { noServerError, noteFailure } from './server-failures.js';

/** What all operations of a client share. */
export interface Dispatch {
  readonly router: Router;
  readonly now: () => number;
  readonly gutterLimit: ExptimeLimit;
}

/**
 * One object for each call, so its methods are `private` instead of `#private`: V8 marks every new object of a class that
 * has #methods. With the same in LineRequest, whole milliseconds (clock.ts) and one copy less of each value, a get costs a
 * tenth less of the client's CPU (Node 22); the parts were not measured alone.
 */
export class Operation<Reply, Result> extends LinkRequest<Reply> {
  declare readonly command: Command<Reply, Result>;
  declare readonly deadline: Deadline;
  readonly #dispatch: Dispatch;
  readonly #settle: (result: Result | PromiseLike<Result>) => void;
  readonly #refuse: (error: unknown) => void;
  #server: RoutedServer | undefined;
  /** Only once something went wrong. */
  #detour: Detour | undefined;
  #tried: Set<RoutedServer> | undefined;
  #hasRepeated = false;

  constructor(
    dispatch: Dispatch,
    command: Command<Reply, Result>,
    deadline: Deadline,
    settle: (result: Result | PromiseLike<Result>) => void,
    refuse: (error: unknown) => void,
  ) {
    super(command, deadline);
    this.#dispatch = dispatch;
    this.#settle = settle;
    this.#refuse = refuse;
  }

  start(): void {
    const { router } = this.#dispatch;
    const server = router.pick(this.command.key);
    if (server !== undefined) this.send(server, this.command);
    else if (router.isKnown) this.takeDetour(undefined);
    else void router.whenKnown(this.deadline).then(this.start.bind(this), this.#refuse);
  }

  /** From the connection. */
  resolve(reply: Reply): void {
    const { router } = this.#dispatch;
    const server = this.#server;
    if (server?.health.isTroubled === true) router.reportSuccess(server);
    if (this.#detour === undefined && !router.hasReplicas) this.conclude(reply);
    else this.settleCopies(reply);
  }

  /** From the connection, which is in the middle of something: what follows may send to it again. */
  reject(error: unknown): void {
    queueMicrotask(() => {
      this.recover(error);
    });
  }

  private recover(error: unknown): void {
    const { now, router } = this.#dispatch;
    const server = this.#server;
    if (server !== undefined) noteFailure(router, server, this.deadline, error);
    const verdict = judgeFailure(error, this.command);
    if (now() >= this.deadline.at) this.fail(error);
    else if (server?.isRemoved === true && wasLeft(error, this.command)) this.start();
    else if (verdict === 'fail') this.fail(error);
    else if (verdict === 'again') this.repeat(error);
    else if (router.failsOver) this.takeDetour(error);
    else this.fail(error);
  }

  private send(server: RoutedServer, command: Command<Reply, Result>): void {
    const isFirst = this.#server === undefined && command === this.command;
    this.#server = server;
    const { trace } = this.deadline;
    if (trace !== undefined) trace.server = server.link.name;
    server.link.request(isFirst ? this : new ForwardedRequest(command, this.deadline, this));
  }

  private repeat(error: unknown): void {
    const server = this.#server;
    if (this.#hasRepeated || server === undefined) {
      this.fail(error);
      return;
    }
    this.#hasRepeated = true;
    publishWarning({ event: 'retry', server: server.link.name, command: this.command.name, error });
    this.send(server, this.sendable());
  }

  /** @param error why the last server did not do; `undefined`: none was asked */
  private takeDetour(error: unknown): void {
    const { router } = this.#dispatch;
    const { key, name } = this.command;
    this.#tried ??= new Set();
    if (this.#server !== undefined) this.#tried.add(this.#server);
    const detour = router.detour(key, this.#tried);
    if (detour === undefined) {
      this.#server = undefined;
      this.fail(noServerError(router, name, key, error));
      return;
    }
    this.#detour = detour;
    const event = detour.isGutter ? 'gutter' : 'failover';
    // A server that is known to be down was published when it went down, and not for each of its commands.
    if (error !== undefined) publishWarning({ event, server: detour.server.link.name, command: name, error });
    this.send(detour.server, this.sendable());
  }

  private sendable(): Command<Reply, Result> {
    if (this.#detour?.isGutter !== true) return this.command;
    return this.command.expiringWithin?.(this.#dispatch.gutterLimit) ?? this.command;
  }

  /** The reply came from another server than the owner, or there are copies to keep. */
  private settleCopies(reply: Reply): void {
    const { router } = this.#dispatch;
    const command = this.command;
    const server = this.#server;
    const hasChanged = command.outdatesCopies?.(reply) === true;
    if (!hasChanged || server === undefined) {
      this.conclude(reply);
      return;
    }
    if (this.#detour !== undefined && command.effect !== 'touch') router.changedElsewhere(command.key, this.#detour);
    const copying = copyToReplicas(router, command, server, this.deadline);
    if (copying === undefined) this.conclude(reply);
    else
      void copying.then(() => {
        this.conclude(reply);
      });
  }

  private conclude(reply: Reply): void {
    try {
      this.#settle(this.command.result(reply, this.deadline));
    } catch (error) {
      this.#refuse(error);
    }
  }

  private fail(error: unknown): void {
    const { router } = this.#dispatch;
    const { key, effect } = this.command;
    // What was to be overwritten or removed must not be seen again. What was to be continued, or replaced on a
    // condition, stays: a counter that missed one increment is worth more than none, and so is a session.
    if ((effect === 'store' || effect === 'delete') && mayHaveMissed(error)) {
      const server = this.#server;
      router.changeFailed(key, server === undefined ? undefined : [server, ...(this.#detour?.passedOver ?? [])]);
    } else if (this.#server !== undefined && wasGivenUp(error, this.command)) {
      router.changeGivenUp(key, this.#server, this.#detour);
    }
    this.#refuse(error);
  }
}
