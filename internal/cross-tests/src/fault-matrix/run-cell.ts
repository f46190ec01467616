/** One cell of the matrix: a client, a fault, a command; and the same client once the fault is over. */
import { createMemcache, PartialFailureError, type Memcache, type MemcacheOptions } from '@memkit/core';
import { startFaultProxy, type FaultProxy } from '@memkit/testing';
import { expect } from '@jest/globals';
import { settleInTime, type Outcome } from './deadline-check.js';
import type { EventLoopLag } from './event-loop-lag.js';
import type { MatrixFault, MatrixProtocol, Verdict } from './fault-table.js';
import { singleCommands, type CommandName, type MatrixCommand } from './matrix-command.js';
import type { Scene } from './scene.js';
import type { WayIn } from './way-in.js';

export interface Cell {
  readonly fault: MatrixFault;
  readonly command: CommandName;
  readonly protocol: MatrixProtocol;
  /** Begins every key of this cell. */
  readonly prefix: string;
}

const RECOVERY_MS = 10_000;
/** So many keys that each of three servers has some. */
const MANY = 60;
/** For what prepares and judges a cell: the matrix is about the client's own timeout. */
const PATIENT = { timeout: '5s' } as const;

export async function runCell(cell: Cell, way: WayIn, lag: EventLoopLag): Promise<void> {
  const scene = await cell.fault.build(way);
  const runner = new CellRunner(cell, way, lag, scene);
  try {
    if (cell.command === 'getMany') await runner.runMany();
    else await runner.runSingle(singleCommands[cell.command]);
  } finally {
    await runner.closeAll().finally(() => scene.stop());
  }
}

class CellRunner {
  readonly #cell: Cell;
  readonly #way: WayIn;
  readonly #lag: EventLoopLag;
  readonly #scene: Scene;
  readonly #clients: Memcache[] = [];
  readonly #proxies: FaultProxy[] = [];

  constructor(cell: Cell, way: WayIn, lag: EventLoopLag, scene: Scene) {
    this.#cell = cell;
    this.#way = way;
    this.#lag = lag;
    this.#scene = scene;
  }

  async runSingle(command: MatrixCommand): Promise<void> {
    const { fault, prefix } = this.#cell;
    const key = `${prefix}:key`;
    const beside = `${prefix}:beside`;
    const direct = this.#client([this.#scene.direct], PATIENT);
    await direct.set(key, command.before);
    await direct.set(beside, 'beside');

    const client = this.#client([this.#scene.address]);
    if (fault.isWarm) expect(await client.get(key, PATIENT)).toBe(command.before);
    await this.#scene.begin(fault.isWarm ? client : undefined);
    // A second request in the same write: a client that gets out of step shows it there.
    const [outcome, besideOutcome] = await Promise.all([
      this.#settle(() => command.run(client, key)),
      this.#settle(() => client.get(beside)),
    ]);
    const allowed = fault.verdict(this.#cell.command);
    expectVerdict(outcome, allowed, command.results);
    expectVerdict(besideOutcome, fault.verdict('get'), ['beside']);
    await this.#stayInTime(() => client.get(beside));
    await this.#scene.end();

    const found = await this.#recovered(() => client.get(key));
    expect(found).toBe(await direct.get(key));
    expect(fault.keepsItems ? possibleValues(command, outcome) : [undefined]).toContain(found);
    await this.#expectWorking(client, beside);
  }

  async runMany(): Promise<void> {
    const { fault, prefix } = this.#cell;
    const keys = Array.from({ length: MANY }, (_, at) => `${prefix}:${String(at)}`);
    const kin = await Promise.all([this.#kin(), this.#kin()]);
    const servers = [this.#scene.address, ...kin];
    const scout = this.#client(servers, PATIENT);
    await Promise.all(keys.map((key) => scout.set(key, `value of ${key}`)));
    const direct = this.#client([this.#scene.direct], PATIENT);
    const concerned = new Set((await direct.getMany(keys)).keys());
    expect(concerned.size).toBeGreaterThan(0);
    const all = new Map(keys.map((key) => [key, `value of ${key}`]));
    const spared = new Map([...all].filter(([key]) => !concerned.has(key)));
    await scout.close();

    const client = this.#client(servers);
    if (fault.isWarm) expect(await client.getMany(keys, PATIENT)).toEqual(all);
    await this.#scene.begin(fault.isWarm ? client : undefined);
    const outcome = await this.#settle(() => client.getMany(keys));
    const allowed = fault.verdict('getMany');
    if (outcome.error === undefined) {
      expectVerdict(outcome, allowed, [all]);
    } else {
      expectPartialFailure(outcome.error, allowed, concerned, spared);
    }
    await this.#stayInTime(() => client.getMany(keys));
    await this.#scene.end();
    expect(await this.#recovered(() => client.getMany(keys))).toEqual(fault.keepsItems ? all : spared);
  }

  async closeAll(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    const openConnections = (): number =>
      this.#scene.open() + this.#proxies.reduce((sum, proxy) => sum + proxy.open, 0);
    // A FIN is on its way when close() resolves.
    const giveUpAt = performance.now() + 2000;
    while (openConnections() > 0 && performance.now() < giveUpAt) await pause(5);
    const left = openConnections();
    await Promise.all(this.#proxies.map((proxy) => proxy.stop()));
    expect(`${String(left)} connections after close()`).toBe('0 connections after close()');
  }

  #client(servers: readonly string[], options: MemcacheOptions = {}): Memcache {
    const client = createMemcache({
      servers,
      protocol: this.#cell.protocol,
      timeout: `${this.#cell.fault.timeoutMs}ms`,
      failover: 'none',
      reconnect: { initialDelay: '5ms', maxDelay: '50ms' },
      environment: {},
      ...this.#way.options,
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  /** Another address of the server that has no fault. */
  async #kin(): Promise<string> {
    const proxy = await startFaultProxy(this.#way.kin.port);
    this.#proxies.push(proxy);
    return proxy.address;
  }

  #settle(start: () => Promise<unknown>): Promise<Outcome> {
    return settleInTime(this.#cell.command, this.#cell.fault.timeoutMs, this.#lag, start);
  }

  /** However often it is asked while the fault lasts; the second time a connection may be gone or a server marked down. */
  async #stayInTime(start: () => Promise<unknown>): Promise<void> {
    for (let time = 0; time < 2; time += 1) await this.#settle(start);
  }

  /** The first result after the fault; every attempt until then settles in time, too. */
  async #recovered(attempt: () => Promise<unknown>): Promise<unknown> {
    const giveUpAt = performance.now() + RECOVERY_MS;
    for (;;) {
      const outcome = await this.#settle(attempt);
      if (outcome.error === undefined) return outcome.result;
      if (performance.now() > giveUpAt) throw outcome.error;
      await pause(10);
    }
  }

  /** Nothing of the fault is left: many requests in a row are all answered, each with its own. */
  async #expectWorking(client: Memcache, key: string): Promise<void> {
    await client.set(key, 'again', PATIENT);
    const results = await Promise.all(Array.from({ length: 20 }, () => client.get(key, PATIENT)));
    expect(new Set(results)).toEqual(new Set(['again']));
    expect(await client.increment(`${key}:count`, 1, { initial: 5, ...PATIENT })).toBe(5);
  }
}

const SERVER_SAID_NO = new Set(['MEMCACHE_SERVER_ERROR', 'MEMCACHE_ITEM_TOO_LARGE']);

function possibleValues(command: MatrixCommand, { error }: Outcome): readonly (string | undefined)[] {
  if (error === undefined) return [command.done];
  return SERVER_SAID_NO.has(error.code) ? [command.before] : command.lost;
}

function expectVerdict(outcome: Outcome, { codes, maySucceed }: Verdict, results: readonly unknown[]): void {
  if (outcome.error === undefined) {
    expect(maySucceed ? 'a success' : { unexpectedSuccess: outcome.result }).toBe('a success');
    expect(results).toContainEqual(outcome.result);
  } else {
    expectCode(outcome.error, codes);
  }
}

function expectPartialFailure(
  error: Error,
  { codes }: Verdict,
  concerned: ReadonlySet<string>,
  spared: ReadonlyMap<string, unknown>,
): void {
  expect(error).toMatchObject({ code: 'MEMCACHE_PARTIAL_FAILURE' });
  if (!(error instanceof PartialFailureError)) throw error;
  expect(new Set(error.failures.keys())).toEqual(concerned);
  for (const failure of error.failures.values()) expectCode(failure, codes);
  expect(error.values).toEqual(spared);
}

function expectCode(error: Error & { code: string }, codes: Verdict['codes']): void {
  if (codes.some((code) => error.code === `MEMCACHE_${code}`)) return;
  throw new Error(`Expected ${codes.join(' or ') || 'a success'}, got ${error.code}: ${error.message}`, {
    cause: error,
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
