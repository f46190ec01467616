/** The commands of the matrix on one key: what is there before, what is done, and what may be there afterwards. */
import type { Memcache } from '@memkit/core';

export interface MatrixCommand {
  readonly before: string;
  readonly run: (client: Memcache, key: string) => Promise<unknown>;
  /** The results of a success. */
  readonly results: readonly unknown[];
  /** What the server holds after a success. */
  readonly done: string | undefined;
  /**
   * What it may hold after a connection that failed. A change that may or may not have happened leaves the new value or
   * none, because the client deletes such a key before it uses the server again: nobody sees the old one.
   */
  readonly lost: readonly (string | undefined)[];
}

export const singleCommands = {
  get: { before: 'kept', run: (client, key) => client.get(key), results: ['kept'], done: 'kept', lost: ['kept'] },
  set: {
    before: 'old',
    run: (client, key) => client.set(key, 'new'),
    results: [true],
    done: 'new',
    lost: ['new', undefined],
  },
  increment: {
    before: '41',
    run: (client, key) => client.increment(key),
    results: [42],
    done: '42',
    lost: ['41', '42'],
  },
  // `false` when the first of two attempts had deleted it already.
  delete: {
    before: 'old',
    run: (client, key) => client.delete(key),
    results: [true, false],
    done: undefined,
    lost: [undefined],
  },
} satisfies Record<string, MatrixCommand>;

export type SingleCommandName = keyof typeof singleCommands;
export type CommandName = SingleCommandName | 'getMany';

export const COMMANDS = ['get', 'getMany', 'set', 'increment', 'delete'] as const satisfies readonly CommandName[];
