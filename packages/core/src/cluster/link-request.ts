import type { Sendable, WireRequest } from '../drivers/protocol-driver.js';

/** Until when a request is settled, and what ends it sooner. */
export interface LinkDeadline {
  /** A time of the client's clock, in milliseconds. Read when it counts: see items/tick-deadline.ts. */
  readonly at: number;
  /** Rejects with its reason once it is aborted; what is not sent by then never is. */
  readonly signal?: AbortSignal | undefined;
}

/** Exactly one of the two is called, once, and never before the request's sender has returned. */
export interface Receiver<Reply> {
  resolve(reply: Reply): void;
  reject(error: unknown): void;
}

/**
 * One request on one connection, and who waits for its reply. The operation is its own request the first time it is sent,
 * so that a call that goes well needs no second object; a connection writes the fields below `deadline`.
 */
export abstract class LinkRequest<Reply> implements Receiver<Reply> {
  readonly command: Sendable<Reply>;
  readonly deadline: LinkDeadline;
  /** Made when the bytes are written. */
  request: WireRequest<Reply> | undefined = undefined;
  /** When its bytes went to the socket; -1 while they have not. */
  writtenAt = -1;
  isSettled = false;
  /** A delete of the connection's own journal. */
  isReplay = false;

  constructor(command: Sendable<Reply>, deadline: LinkDeadline) {
    this.command = command;
    this.deadline = deadline;
  }

  abstract resolve(reply: Reply): void;
  abstract reject(error: unknown): void;
}

/** A request whose reply goes to somebody else. */
export class ForwardedRequest<Reply> extends LinkRequest<Reply> {
  readonly #receiver: Receiver<Reply>;

  constructor(command: Sendable<Reply>, deadline: LinkDeadline, receiver: Receiver<Reply>) {
    super(command, deadline);
    this.#receiver = receiver;
  }

  resolve(reply: Reply): void {
    this.#receiver.resolve(reply);
  }

  reject(error: unknown): void {
    this.#receiver.reject(error);
  }
}
