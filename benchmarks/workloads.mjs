/**
 * What is measured, and what memkit must reach. Every reply of a workload but the mixed one has the same length, so that
 * the raw adapters can count replies by their bytes.
 *
 * @typedef {object} Target
 * @property {number} [shareOfRaw] least operations a second, as a share of the best raw adapter
 * @property {number} [cpuMicros] most CPU time of the client process for one operation, in microseconds
 * @property {'best peer'} [latency] the median latency must not be above that of the quickest peer
 * @property {number} [micros] most microseconds for one operation
 *
 * @typedef {object} Workload
 * @property {string} id
 * @property {string} title
 * @property {'get' | 'set' | 'getMany' | 'mixed' | 'ring'} operation
 * @property {number} inFlight operations that are under way at any time
 * @property {number} keys
 * @property {number} valueBytes
 * @property {number} [warmups] times the usual warm-up: so few operations a second are compiled late
 * @property {'one' | 'three' | 'sasl' | 'none'} servers
 * @property {Target} target
 */

/** Keys in one `getMany`. */
export const LIST_LENGTH = 100;
/** Points of the mixed workload: one operation in so many is a set. */
export const SET_EVERY = 10;
/** Servers of the ring whose look-ups are timed. */
export const RING_SERVERS = 1000;

/** @type {readonly Workload[]} */
export const workloads = [
  {
    id: 'get-1',
    title: 'get 100 B, 1 in flight',
    operation: 'get',
    inFlight: 1,
    warmups: 3,
    keys: 1000,
    valueBytes: 100,
    servers: 'one',
    target: { latency: 'best peer' },
  },
  {
    id: 'get-64',
    title: 'get 100 B, 64 in flight',
    operation: 'get',
    inFlight: 64,
    keys: 1000,
    valueBytes: 100,
    servers: 'one',
    target: { shareOfRaw: 0.7, cpuMicros: 3 },
  },
  {
    id: 'get-1000',
    title: 'get 100 B, 1,000 in flight',
    operation: 'get',
    inFlight: 1000,
    keys: 1000,
    valueBytes: 100,
    servers: 'one',
    target: { shareOfRaw: 0.5 },
  },
  {
    id: 'set-64',
    title: 'set 100 B, 64 in flight',
    operation: 'set',
    inFlight: 64,
    keys: 1000,
    valueBytes: 100,
    servers: 'one',
    target: { shareOfRaw: 0.7 },
  },
  {
    id: 'get-10k',
    title: 'get 10 KB, 64 in flight',
    operation: 'get',
    inFlight: 64,
    keys: 100,
    valueBytes: 10_000,
    servers: 'one',
    target: { shareOfRaw: 0.6 },
  },
  {
    id: 'get-500k',
    title: 'get 500 KB, 8 in flight',
    operation: 'get',
    inFlight: 8,
    keys: 16,
    valueBytes: 500_000,
    warmups: 5,
    servers: 'one',
    target: { shareOfRaw: 0.8 },
  },
  {
    id: 'get-many',
    title: 'getMany of 100 keys, 100 B each, 8 in flight',
    operation: 'getMany',
    inFlight: 8,
    keys: 1000,
    valueBytes: 100,
    servers: 'one',
    target: { shareOfRaw: 0.75 },
  },
  {
    id: 'mixed',
    title: '90 % get, 10 % set, 100 B, Zipf over 10,000 keys, 3 servers, 64 in flight',
    operation: 'mixed',
    inFlight: 64,
    keys: 10_000,
    valueBytes: 100,
    servers: 'three',
    target: { shareOfRaw: 0.5 },
  },
  {
    id: 'sasl-64',
    title: 'get 100 B after a SASL login, 64 in flight',
    operation: 'get',
    inFlight: 64,
    keys: 1000,
    valueBytes: 100,
    servers: 'sasl',
    target: { shareOfRaw: 0.6 },
  },
  {
    id: 'ring',
    title: 'look-up of a key in a ring of 1,000 servers',
    operation: 'ring',
    inFlight: 1,
    keys: 10_000,
    valueBytes: 0,
    servers: 'none',
    target: { micros: 2 },
  },
];
