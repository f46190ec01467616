import type { ExpectedItems, ReplyContext } from '@memkit/protocol/internal';
import { speaks, type VersionGate } from './version-gates.js';

/** Opaques are counted up to here: two digits at most in a meta request, which both sides write and read for each. */
const LAST_OPAQUE = 99;

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
  #opaque = 0;

  constructor(server: string, { isLoggedIn, version }: DriverSessionOptions) {
    this.server = server;
    this.isLoggedIn = isLoggedIn;
    this.version = version;
    this.connection = sessions += 1;
  }

  /**
   * The number that a request carries and its reply must repeat. It comes again after 99 requests: a reply that
   * belongs to another request differs by the few places it is off, never by so many.
   */
  nextOpaque(): number {
    this.#opaque = this.#opaque === LAST_OPAQUE ? 1 : this.#opaque + 1;
    return this.#opaque;
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
