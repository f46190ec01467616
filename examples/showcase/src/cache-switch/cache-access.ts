import { createMemcache, isMemcacheError, type Memcache, type MemcacheOptions } from '@memkit/core';
import { createServer } from '@memkit/server';
import { CacheGate } from './cache-gate.js';
import { gateEnvironment } from './gated-environment.js';

/** How long one cache operation may take. Short, because a page makes several and must live without all of them. */
const TIMEOUT = '150ms';

const EMBEDDED =
  'An embedded server in this process, because none is configured. MEMCACHE_SERVERS=127.0.0.1:11211 would use yours.';

type Explanation = ReturnType<Memcache['explain']>;
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Which memcached the showcase uses, behind gates that the button in the strip opens and shuts.
 *
 * An ordinary application needs none of this: `createMemcache()`, or `MemkitModule.forRoot()` without options, finds
 * the servers in the environment and starts the embedded one when there are none.
 */
export class CacheAccess {
  /** For `MemkitModule`. */
  readonly memcacheOptions: MemcacheOptions;
  /** One sentence: which servers, and who said so. */
  readonly explanation: string;
  readonly #gates: readonly CacheGate[];
  readonly #closeServer: () => Promise<void>;
  #isOpen = true;

  private constructor(
    memcacheOptions: MemcacheOptions,
    explanation: string,
    gates: readonly CacheGate[],
    closeServer: () => Promise<void> = () => Promise.resolve(),
  ) {
    this.memcacheOptions = { timeout: TIMEOUT, ...memcacheOptions };
    this.explanation = explanation;
    this.#gates = gates;
    this.#closeServer = closeServer;
  }

  /** @throws `MEMCACHE_NOT_CONFIGURED` in production when no server is configured */
  static async find(environment: Environment): Promise<CacheAccess> {
    const plan = await findServers(environment);
    if (plan === undefined) {
      const server = createServer();
      const gate = new CacheGate(await server.listen());
      await gate.open();
      return new CacheAccess({ servers: gate.address }, EMBEDDED, [gate], () => server.close());
    }
    const explanation = plan.toString();
    // A certificate is made out to the server's name, which a gate does not have.
    const gated = plan.tls ? undefined : await gateEnvironment(environment, plan.source, plan.servers);
    if (gated === undefined) return new CacheAccess({ environment }, explanation, []);
    return new CacheAccess({ environment: gated.environment }, explanation, gated.gates);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether the button can do anything. */
  get canStop(): boolean {
    return this.#gates.length > 0;
  }

  async stop(): Promise<void> {
    if (!this.canStop) return;
    this.#isOpen = false;
    await Promise.all(this.#gates.map((gate) => gate.shut()));
  }

  async start(): Promise<void> {
    await Promise.all(this.#gates.map((gate) => gate.open()));
    this.#isOpen = true;
  }

  async close(): Promise<void> {
    await Promise.all(this.#gates.map((gate) => gate.shut()));
    await this.#closeServer();
  }
}

/** What `createMemcache()` finds in the environment; `undefined` for nothing, where it would embed a server itself. */
async function findServers(environment: Environment): Promise<Explanation | undefined> {
  try {
    // Production is strict: it rejects a missing configuration, and leaves the embedded server to us.
    const probe = createMemcache({ environment: { ...environment, NODE_ENV: 'production' } });
    const plan = probe.explain();
    // A client connects with its first operation, so nothing was opened.
    await probe.close();
    return plan;
  } catch (error) {
    const isMissing = isMemcacheError(error) && error.code === 'MEMCACHE_NOT_CONFIGURED';
    if (isMissing && environment['NODE_ENV'] !== 'production') return undefined;
    throw error;
  }
}
