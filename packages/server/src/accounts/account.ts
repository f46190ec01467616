import { createHash, timingSafeEqual } from 'node:crypto';
import { ALL_CAPABILITIES, type Capability, type ServerCredentials } from './credentials.js';

/** One user. The password lies in a private field, which nothing prints. */
export class Account {
  readonly username: string;
  #password: string;
  #capabilities: ReadonlySet<Capability>;

  constructor({ username, password, capabilities = ALL_CAPABILITIES }: ServerCredentials) {
    this.username = username;
    this.#password = password;
    this.#capabilities = new Set(capabilities);
  }

  get credentials(): { readonly username: string; readonly password: string } {
    return { username: this.username, password: this.#password };
  }

  set password(password: string) {
    this.#password = password;
  }

  get capabilities(): readonly Capability[] {
    return ALL_CAPABILITIES.filter((capability) => this.#capabilities.has(capability));
  }

  set capabilities(capabilities: readonly Capability[]) {
    this.#capabilities = new Set(capabilities);
  }

  may(capability: Capability): boolean {
    return this.#capabilities.has(capability);
  }

  /** In a time that does not tell how much of the password is right. */
  hasPassword(given: string): boolean {
    return timingSafeEqual(digest(this.#password), digest(given));
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
