/**
 * The SASL dialogue of one binary connection. PLAIN only, as memcached -S with `mech_list: plain` (measured on 1.6.18):
 * mechanism names ignore case, an empty first message asks for a step, a failed login logs out.
 */
import { SASL_PLAIN } from '@memkit/protocol/internal';
import type { ConnectionLogin } from './connection-login.js';

export type SaslOutcome = 'authenticated' | 'continue' | 'failed';

export class SaslGate {
  readonly #login: ConnectionLogin | undefined;
  #hasStarted = false;

  /** @param login `undefined`: the server has no accounts */
  constructor(login: ConnectionLogin | undefined) {
    this.#login = login;
  }

  /** Whether this server has accounts at all; without them it knows no SASL command. */
  get isRequired(): boolean {
    return this.#login !== undefined;
  }

  /** Whether commands may pass. */
  get isOpen(): boolean {
    return this.#login === undefined || this.#login.isOpen;
  }

  /** Asking for the mechanisms starts over, and with it logs out. */
  listMechanisms(): string {
    this.#login?.logOut();
    return SASL_PLAIN;
  }

  start(mechanism: string, message: Buffer): SaslOutcome {
    this.#login?.logOut();
    this.#hasStarted = false;
    if (mechanism.toUpperCase() !== SASL_PLAIN) return 'failed';
    if (message.length === 0) {
      this.#hasStarted = true;
      return 'continue';
    }
    return this.#check(message);
  }

  step(message: Buffer): SaslOutcome {
    this.#login?.logOut();
    return this.#hasStarted ? this.#check(message) : 'failed';
  }

  #check(message: Buffer): SaslOutcome {
    const [identity, username, password, ...rest] = message.toString('utf8').split('\0');
    if (username === undefined || password === undefined || rest.length > 0) return 'failed';
    const mayActAs = identity === '' || identity === username;
    this.#hasStarted = mayActAs && this.#login?.logIn(username, password) === true;
    return this.#hasStarted ? 'authenticated' : 'failed';
  }
}
