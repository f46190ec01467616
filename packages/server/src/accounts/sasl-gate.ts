/**
 * Who is logged in on one connection. SASL PLAIN only, as memcached -S with `mech_list: plain` (measured on 1.6.18):
 * mechanism names ignore case, an empty first message asks for a step, a failed login logs out.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { SASL_PLAIN } from '@memkit/protocol/internal';
import type { ServerCredentials } from '../server-options.js';

export type SaslOutcome = 'authenticated' | 'continue' | 'failed';

export class SaslGate {
  readonly #users: readonly ServerCredentials[];
  #isOpen: boolean;
  #hasStarted = false;

  constructor(users: readonly ServerCredentials[]) {
    this.#users = users;
    this.#isOpen = users.length === 0;
  }

  /** Whether this server has users at all; without them it knows no SASL command. */
  get isRequired(): boolean {
    return this.#users.length > 0;
  }

  /** Whether commands may pass. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Asking for the mechanisms starts over, and with it logs out. */
  listMechanisms(): string {
    this.#isOpen = false;
    return SASL_PLAIN;
  }

  start(mechanism: string, message: Buffer): SaslOutcome {
    this.#isOpen = false;
    this.#hasStarted = false;
    if (mechanism.toUpperCase() !== SASL_PLAIN) return 'failed';
    if (message.length === 0) {
      this.#hasStarted = true;
      return 'continue';
    }
    return this.#check(message);
  }

  step(message: Buffer): SaslOutcome {
    this.#isOpen = false;
    return this.#hasStarted ? this.#check(message) : 'failed';
  }

  #check(message: Buffer): SaslOutcome {
    const [identity, username, password, ...rest] = message.toString('utf8').split('\0');
    if (username === undefined || password === undefined || rest.length > 0) return 'failed';
    const mayActAs = identity === '' || identity === username;
    const user = this.#users.find((candidate) => candidate.username === username);
    this.#isOpen = mayActAs && user !== undefined && isSame(user.password, password);
    this.#hasStarted = this.#isOpen;
    return this.#isOpen ? 'authenticated' : 'failed';
  }
}

function isSame(expected: string, given: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(expected), digest(given));
}
