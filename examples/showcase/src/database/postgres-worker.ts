/**
 * A real Postgres, compiled to WebAssembly, in memory. It computes in a thread of its own, as a database does on a
 * machine of its own: while it works on a query, the application answers others.
 */
import { parentPort } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { loadCountries } from './load-countries.js';

export interface Question {
  readonly id: number;
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

export type Answer =
  | { readonly countries: number }
  | { readonly id: number; readonly rows: readonly unknown[] }
  | { readonly id: number; readonly failure: string };

const port = parentPort;
if (port === null) throw new Error('postgres-worker.js runs as a worker thread, see database.ts');

const answer = (message: Answer): void => {
  port.postMessage(message);
};
const postgres = await PGlite.create();
answer({ countries: await loadCountries(postgres) });

port.on('message', ({ id, sql, parameters }: Question) => {
  postgres.query(sql, [...parameters]).then(
    ({ rows }) => {
      answer({ id, rows });
    },
    (error: unknown) => {
      answer({ id, failure: String(error) });
    },
  );
});
