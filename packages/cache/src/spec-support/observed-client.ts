import type {
  CacheClient,
  CasItem,
  FreshCasItem,
  GetIfChangedOptions,
  OperationOptions,
  SetOptions,
  StoreOptions,
  CounterOptions,
  Ttl,
} from '@memkit/core';

export type Command = keyof CacheClient;

/** A client of the application's own: passes everything on to another, and lets a spec see or stop each command first. */
export class ObservedClient implements CacheClient {
  readonly commands: [Command, readonly string[]][] = [];
  /** Runs before a command is passed on; what it throws, the command throws. */
  before: (command: Command, keys: readonly string[]) => Promise<void> | void = () => undefined;
  /** Runs when the reply is there, before it is given on. */
  after: (command: Command, keys: readonly string[]) => Promise<void> | void = () => undefined;
  /** What keys were last stored for. */
  readonly ttls = new Map<string, Ttl | undefined>();
  /** Stages one after the other: commands that are sent before the next reply arrives share one. */
  roundTrips = 0;
  readonly #inner: CacheClient;
  replies = 0;
  #hasReplySinceCommand = true;
  readonly #underway = new Set<Promise<unknown>>();

  constructor(inner: CacheClient) {
    this.#inner = inner;
  }

  /** Once nothing is under way. */
  async idle(): Promise<void> {
    while (this.#underway.size > 0) await Promise.allSettled(this.#underway);
  }

  count(command: Command): number {
    return this.commands.filter(([name]) => name === command).length;
  }

  get(key: string, options?: OperationOptions): Promise<unknown> {
    return this.#pass('get', [key], () => this.#inner.get(key, options));
  }
  getMany(keys: readonly string[], options?: OperationOptions): Promise<Map<string, unknown>> {
    return this.#pass('getMany', keys, () => this.#inner.getMany(keys, options));
  }
  gets(key: string, options?: OperationOptions): Promise<CasItem | undefined> {
    return this.#pass('gets', [key], () => this.#inner.gets(key, options));
  }
  getIfChanged(
    key: string,
    cas: bigint,
    options?: GetIfChangedOptions,
  ): Promise<FreshCasItem | 'unchanged' | undefined> {
    return this.#pass('getIfChanged', [key], () => {
      if (!this.#inner.getIfChanged) throw new TypeError('The client inside has no getIfChanged().');
      return this.#inner.getIfChanged(key, cas, options);
    });
  }
  set(key: string, value: unknown, options?: SetOptions): Promise<boolean> {
    this.ttls.set(key, options?.ttl);
    return this.#pass('set', [key], () => this.#inner.set(key, value, options));
  }
  add(key: string, value: unknown, options?: StoreOptions): Promise<boolean> {
    this.ttls.set(key, options?.ttl);
    return this.#pass('add', [key], () => this.#inner.add(key, value, options));
  }
  replace(key: string, value: unknown, options?: StoreOptions): Promise<boolean> {
    return this.#pass('replace', [key], () => this.#inner.replace(key, value, options));
  }
  delete(key: string, options?: OperationOptions): Promise<boolean> {
    return this.#pass('delete', [key], () => this.#inner.delete(key, options));
  }
  touch(key: string, ttl: Ttl, options?: OperationOptions): Promise<boolean> {
    return this.#pass('touch', [key], () => this.#inner.touch(key, ttl, options));
  }
  increment(key: string, by?: number | bigint, options?: CounterOptions): Promise<number | bigint | undefined> {
    return this.#pass('increment', [key], () => this.#inner.increment(key, by, options));
  }
  decrement(key: string, by?: number | bigint, options?: CounterOptions): Promise<number | bigint | undefined> {
    return this.#pass('decrement', [key], () => this.#inner.decrement(key, by, options));
  }

  #pass<Result>(command: Command, keys: readonly string[], run: () => Promise<Result>): Promise<Result> {
    const passing = this.#run(command, keys, run);
    this.#underway.add(passing);
    const end = (): void => void this.#underway.delete(passing);
    passing.then(end, end);
    return passing;
  }

  async #run<Result>(command: Command, keys: readonly string[], run: () => Promise<Result>): Promise<Result> {
    this.commands.push([command, keys]);
    if (this.#hasReplySinceCommand) this.roundTrips += 1;
    this.#hasReplySinceCommand = false;
    await this.before(command, keys);
    try {
      const reply = await run();
      await this.after(command, keys);
      return reply;
    } finally {
      this.#hasReplySinceCommand = true;
      this.replies += 1;
    }
  }
}
