import { channel } from 'node:diagnostics_channel';
import { PGlite } from '@electric-sql/pglite';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { loadCountries } from './load-countries.js';

/** Published on `showcase:database:query` after every query; the cache strip counts them. */
export interface QueryMessage {
  readonly title: string;
  /** On the clock of `performance.now()`. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly rows: number;
}

export const queryChannel = channel('showcase:database:query');

/** A real Postgres, compiled to WebAssembly, in this process's memory. Nothing here sleeps: the times are the queries' own. */
@Injectable()
export class Database implements OnApplicationShutdown {
  readonly #postgres: PGlite;
  readonly #logger = new Logger('Database');

  private constructor(postgres: PGlite) {
    this.#postgres = postgres;
  }

  static async open(): Promise<Database> {
    const startedAt = performance.now();
    const postgres = await PGlite.create();
    const countries = await loadCountries(postgres);
    const database = new Database(postgres);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    database.#logger.log(`Postgres in memory (PGlite), ${String(countries)} countries loaded in ${seconds} s`);
    return database;
  }

  /**
   * Runs one statement.
   * @param title what the query finds, for the log and the cache strip
   */
  async query<Row>(title: string, sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    const startedAt = performance.now();
    const { rows } = await this.#postgres.query<Row>(sql, [...parameters]);
    const durationMs = performance.now() - startedAt;
    this.#logger.log(`${title}: ${String(rows.length)} rows in ${durationMs.toFixed(1)} ms`);
    queryChannel.publish({ title, startedAt, durationMs, rows: rows.length } satisfies QueryMessage);
    return rows;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#postgres.close();
  }
}
