import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { count, milliseconds } from '../pages/format.js';
import type { Answer, Question } from './postgres-worker.js';

/** Published on `showcase:database:query` after every query; the cache strip counts them. */
export interface QueryMessage {
  readonly title: string;
  /** On the clock of `performance.now()`. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly rows: number;
}

export const queryChannel = channel('showcase:database:query');

interface Waiting {
  readonly resolve: (rows: readonly unknown[]) => void;
  readonly reject: (error: Error) => void;
}

/** The atlas in SQL. Nothing here sleeps: the times are the queries' own. */
@Injectable()
export class Database implements OnApplicationShutdown {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #logger = new Logger('Database');
  #lastId = 0;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (answer: Answer) => {
      this.#settle(answer);
    });
    worker.on('error', (error) => {
      for (const { reject } of this.#waiting.values()) reject(error);
    });
  }

  static async open(): Promise<Database> {
    const startedAt = performance.now();
    const worker = new Worker(new URL('./postgres-worker.js', import.meta.url));
    // Rejects when the worker fails before it is ready.
    const [ready] = (await once(worker, 'message')) as [{ readonly countries: number }];
    const database = new Database(worker);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    database.#logger.log(`Postgres in memory (PGlite), ${String(ready.countries)} countries loaded in ${seconds} s`);
    return database;
  }

  /**
   * Runs one statement.
   * @param title what the query finds, for the log and the cache strip
   */
  async query<Row>(title: string, sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    const startedAt = performance.now();
    const rows = await this.#ask(sql, parameters);
    const durationMs = performance.now() - startedAt;
    this.#logger.log(`${title}: ${count(rows.length, 'row')} in ${milliseconds(durationMs)}`);
    queryChannel.publish({ title, startedAt, durationMs, rows: rows.length } satisfies QueryMessage);
    return rows as Row[];
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#worker.terminate();
  }

  async #ask(sql: string, parameters: readonly unknown[]): Promise<readonly unknown[]> {
    this.#lastId += 1;
    const id = this.#lastId;
    return await new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, sql, parameters } satisfies Question);
    });
  }

  #settle(answer: Answer): void {
    if (!('id' in answer)) return;
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('rows' in answer) waiting?.resolve(answer.rows);
    else waiting?.reject(new Error(answer.failure));
  }
}
