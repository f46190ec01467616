import type { ExpectedItems, ReplyContext } from '@memkit/protocol/internal';
import { speaks, type VersionGate } from './version-gates.js';

/** Two digits at most in a meta request, which both sides write and read for each, while no more are under way. */
const LAST_SHORT_OPAQUE = 99;
/** Many keys of the binary protocol put sixteen bits behind it. */
const LAST_OPAQUE = 0xffff;

let sessions = 0;

export interface DriverSessionOptions {
  /** Whether the connection logs in: decides between NOT_PERMITTED and AUTH_FAILED. */
  readonly isLoggedIn: boolean;
  /** What the server answered to `version`; absent: unknown, so only what every version has is used. */
  readonly version?: string | undefined;
}

/** What all requests of one driver, and so of one connection, have in common. */
export class DriverSession implements ReplyContext {
  /** `host:port`, for messages. */
  readonly server: string;
  readonly isLoggedIn: boolean;
  readonly version: string | undefined;
  /** No other connection of this process has it. */
  readonly connection: number;
  /** The request for many keys whose items are coming in. */
  answering: ExpectedItems | undefined;
  /** Takes a reply as from the parser. */
  deliver: (reply: unknown) => void = () => undefined;
  /** Requests with a number. */
  #unanswered = 0;
  #short = 0;
  #long = LAST_SHORT_OPAQUE;

  constructor(server: string, { isLoggedIn, version }: DriverSessionOptions) {
    this.server = server;
    this.isLoggedIn = isLoggedIn;
    this.version = version;
    this.connection = sessions += 1;
  }

  /**
   * The number that a request carries and its reply must repeat. No two requests under way have the same, so that however
   * many replies are lost, none is taken for another. The short ones come again after 99 requests: of replies that were
   * answered already and come once more, only those of exactly as many requests ago look right.
   */
  nextOpaque(): number {
    this.#unanswered += 1;
    if (this.#unanswered <= LAST_SHORT_OPAQUE) {
      this.#short = this.#short === LAST_SHORT_OPAQUE ? 1 : this.#short + 1;
      return this.#short;
    }
    this.#long = this.#long === LAST_OPAQUE ? LAST_SHORT_OPAQUE + 1 : this.#long + 1;
    return this.#long;
  }

  /** A number may come again. The binary protocol need not tell: its numbers have the same size whatever they are. */
  answered(): void {
    this.#unanswered -= 1;
  }

  /** Whether the rest of an answer may follow an error in it. */
  get goesOnBehindErrors(): boolean {
    // Not known with a forced protocol: a connection too many that is given up costs less than a miss that is none.
    return this.version === undefined || this.speaks('itemsBehindErrors');
  }

  speaks(gate: VersionGate): boolean {
    return speaks(this.version, gate);
  }
}
