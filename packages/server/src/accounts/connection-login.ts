import type { Account } from './account.js';
import type { AccountList } from './account-list.js';
import type { Capability, LoginKind } from './credentials.js';

/** Who is logged in on one connection to a server with accounts. */
export class ConnectionLogin {
  readonly #accounts: AccountList;
  readonly #end: () => void;
  #account: Account | undefined;

  /** @param end ends the connection */
  constructor(accounts: AccountList, end: () => void) {
    this.#accounts = accounts;
    this.#end = end;
  }

  get kind(): LoginKind | undefined {
    return this.#accounts.login;
  }

  /** Whether commands may pass. */
  get isOpen(): boolean {
    return this.#account !== undefined;
  }

  may(capability: Capability): boolean {
    return this.#account?.may(capability) === true;
  }

  /** Whether the credentials are right. A failed login logs out (memcached -S, measured on 1.6.18). */
  logIn(username: string, password: string): boolean {
    this.logOut();
    this.#account = this.#accounts.enter(username, password, this.#end);
    return this.#account !== undefined;
  }

  /** Ends the connection. */
  end(): void {
    this.#end();
  }

  logOut(): void {
    this.#accounts.leave(this.#end);
    this.#account = undefined;
  }
}
