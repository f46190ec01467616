/** The users of one server. What one connection has said about itself is in connection-login.ts. */
import { Account } from './account.js';
import {
  assertCapabilities,
  assertCredentials,
  assertPassword,
  invalid,
  type Capability,
  type LoginKind,
  type ServerCredentials,
} from './credentials.js';

/** What can be told of an account; never its password. */
export interface AccountView {
  readonly username: string;
  readonly capabilities: readonly Capability[];
  /** The one whose credentials a platform puts into the environment of the application. */
  readonly isPrimary: boolean;
  /** Connections that are logged in with it. */
  readonly connections: number;
}

export interface DisconnectOption {
  /** Ends the open connections of the account. Default `false`: they go on until they end by themselves. */
  readonly disconnect?: boolean;
}

const UNKNOWN = 'there is no account of this username';

/**
 * The accounts of a server, which can change while clients are connected. Open connections stay logged in when their
 * account is removed or gets a new password, unless `disconnect` is given; changed capabilities count at once.
 * @example
 * server.accounts.add({ username: 'reports', password: 'r3ports', capabilities: [] });
 * server.accounts.promote('reports');
 * server.accounts.rotate('shop', 'n3w', { disconnect: true });
 * server.accounts.disable();
 */
export class AccountList {
  /** How clients log in; `undefined` when they need not. */
  readonly login: LoginKind | undefined;
  /** The first one is the primary. */
  #accounts: Account[];
  /** Who is logged in, by what ends the connection; also with accounts that are not in the list any more. */
  readonly #connections = new Map<() => void, Account>();
  #isDisabled = false;

  /**
   * @param login `undefined`: the server asks nobody for a login, and has no accounts
   * @throws `MEMCACHE_INVALID_OPTION`
   */
  constructor(login: LoginKind | undefined, credentials: readonly ServerCredentials[]) {
    this.login = login;
    this.#accounts = credentials.map((one) => new Account(one));
  }

  /** All accounts, the primary first. */
  list(): readonly AccountView[] {
    return this.#accounts.map((account) => this.#view(account));
  }

  /** Username and password of the first account, for the environment of an application; `undefined` without accounts. */
  get primary(): { readonly username: string; readonly password: string } | undefined {
    return this.#accounts[0]?.credentials;
  }

  /**
   * The account with this username and password, for a management API; `undefined` when there is none. Says nothing of
   * `isDisabled`: whoever enables the cache again must be able to come in.
   */
  authenticate(username: string, password: string): AccountView | undefined {
    const account = this.#withPassword(username, password);
    return account && this.#view(account);
  }

  /**
   * Adds an account behind the others.
   * @throws `MEMCACHE_INVALID_OPTION` for a username that is taken, and on a server without a login
   */
  add(credentials: ServerCredentials): void {
    const action = 'Cannot add the account';
    assertCredentials(credentials, this.#needsLogin(action), action);
    if (this.#accounts.some((one) => one.username === credentials.username)) {
      throw invalid(action, 'the username is taken', 'Choose another one, or rotate() the password of this one.');
    }
    this.#accounts.push(new Account(credentials));
  }

  /**
   * Removes an account; the next one becomes the primary if it was.
   * @throws `MEMCACHE_INVALID_OPTION` for an unknown username, and for the last account
   */
  remove(username: string, { disconnect = false }: DisconnectOption = {}): void {
    const action = 'Cannot remove the account';
    const account = this.#named(username, action);
    if (this.#accounts.length === 1) {
      throw invalid(action, 'it is the last one', 'Add another account first, or disable() the cache.');
    }
    this.#accounts = this.#accounts.filter((other) => other !== account);
    if (disconnect) this.#disconnect(account);
  }

  /**
   * Gives an account a new password.
   * @throws `MEMCACHE_INVALID_OPTION` for an unknown username, and for a password no client can send
   */
  rotate(username: string, password: string, { disconnect = false }: DisconnectOption = {}): void {
    const action = 'Cannot rotate the password';
    const account = this.#named(username, action);
    assertPassword(password, this.#needsLogin(action), action);
    account.password = password;
    if (disconnect) this.#disconnect(account);
  }

  /**
   * Makes an account the primary: it comes first.
   * @throws `MEMCACHE_INVALID_OPTION` for an unknown username
   */
  promote(username: string): void {
    const account = this.#named(username, 'Cannot promote the account');
    this.#accounts = [account, ...this.#accounts.filter((other) => other !== account)];
  }

  /**
   * Sets what an account may do beside reading, for its open connections too.
   * @throws `MEMCACHE_INVALID_OPTION` for an unknown username or capability
   */
  allow(username: string, capabilities: readonly Capability[]): void {
    const action = 'Cannot change the capabilities';
    const account = this.#named(username, action);
    assertCapabilities(capabilities, action);
    account.capabilities = capabilities;
  }

  /**
   * Refuses every login and ends the connections that are logged in, as a hosted cache that is disabled.
   * @throws `MEMCACHE_INVALID_OPTION` on a server without a login
   */
  disable(): void {
    this.#needsLogin('Cannot disable the cache');
    this.#isDisabled = true;
    for (const end of this.#connections.keys()) end();
  }

  /** Accepts logins again. The items are still there. */
  enable(): void {
    this.#isDisabled = false;
  }

  get isDisabled(): boolean {
    return this.#isDisabled;
  }

  /**
   * The account a connection is logged in with from now on; `undefined` when the credentials are wrong or the cache is
   * disabled.
   * @param end ends the connection
   */
  enter(username: string, password: string, end: () => void): Account | undefined {
    const account = this.#isDisabled ? undefined : this.#withPassword(username, password);
    if (account !== undefined) this.#connections.set(end, account);
    return account;
  }

  leave(end: () => void): void {
    this.#connections.delete(end);
  }

  #view(account: Account): AccountView {
    const { username, capabilities } = account;
    const connections = [...this.#connections.values()].filter((other) => other === account).length;
    return { username, capabilities, isPrimary: account === this.#accounts[0], connections };
  }

  #withPassword(username: string, password: string): Account | undefined {
    const account = this.#accounts.find((one) => one.username === username);
    return account?.hasPassword(password) === true ? account : undefined;
  }

  #disconnect(account: Account): void {
    for (const [end, other] of this.#connections) if (other === account) end();
  }

  #needsLogin(action: string): LoginKind {
    if (this.login !== undefined) return this.login;
    throw invalid(action, 'the server asks nobody for a login', 'Give createServer() accounts.');
  }

  #named(username: string, action: string): Account {
    this.#needsLogin(action);
    const account = this.#accounts.find((one) => one.username === username);
    if (account === undefined) throw invalid(action, UNKNOWN, 'accounts.list() gives those there are.');
    return account;
  }
}

/** The accounts as users of the server see them. */
export type ServerAccounts = Omit<AccountList, 'enter' | 'leave'>;
