import type { MemcacheErrorFacts } from '@memkit/protocol';

/** API command -> how a message begins. */
const actions: Readonly<Record<string, string>> = {
  get: 'Cannot get',
  gets: 'Cannot get',
  getMany: 'Cannot get many keys',
  getAndTouch: 'Cannot get and touch',
  set: 'Cannot store',
  add: 'Cannot store',
  replace: 'Cannot store',
  append: 'Cannot append to',
  prepend: 'Cannot prepend to',
  delete: 'Cannot delete',
  increment: 'Cannot increment',
  decrement: 'Cannot decrement',
  touch: 'Cannot touch',
  stats: 'Cannot read the statistics',
  version: 'Cannot read the version',
  flush: 'Cannot flush',
  clusterConfiguration: 'Cannot read the cluster configuration',
  authenticate: 'Cannot log in',
};

/** What every error of a request says about it: action, key, server, command. */
export function requestFacts(command: string, key: string, server: string): MemcacheErrorFacts {
  const action = actions[command] ?? `Cannot ${command}`;
  return { action, key: key === '' ? undefined : key, server, command };
}
