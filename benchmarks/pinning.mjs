/**
 * Which cores servers and clients run on. Left alone, the scheduler puts a memcached beside its only client on one core
 * for a while, and on two for a while, which changes every figure by half: an application's server has a core of its own.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const MOST_TRIES = 10;

/** @typedef {{ readonly servers: string, readonly clients: string }} Pinning lists of cores, as taskset takes them */

/**
 * Puts this process, and with it the servers it starts from now on, onto all cores but the last.
 * @returns {Pinning | undefined} `undefined` where it cannot be done: not Linux, one core, no taskset
 */
export function pinServers() {
  const cores = allowedCores();
  const clients = cores.pop();
  if (clients === undefined || cores.length === 0) return undefined;
  const pinning = { servers: cores.join(','), clients: String(clients) };
  try {
    pinMyself(pinning.servers);
    return pinning;
  } catch {
    return undefined;
  }
}

/** Puts this process onto the clients' core, once the servers it starts are running. */
export function pinClient({ clients }) {
  pinMyself(clients);
}

/** A thread that ends meanwhile makes taskset fail, and threads behind it are left where they were. */
function pinMyself(cores) {
  for (let tries = 1; ; tries += 1) {
    try {
      execFileSync('taskset', ['-a', '-c', '-p', cores, String(process.pid)], { stdio: 'ignore' });
      return;
    } catch (error) {
      if (tries === MOST_TRIES) throw error;
    }
  }
}

/** `Cpus_allowed_list: 0-3,8` */
function allowedCores() {
  try {
    const [, list] = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return (list ?? '').split(',').flatMap((range) => {
      const [first, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, place) => first + place);
    });
  } catch {
    return [];
  }
}
