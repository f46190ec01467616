/**
 * What memcached and the embedded server are both asked. The target is the share of memcached's operations a second
 * that the embedded server must reach.
 *
 * @typedef {object} ServerWorkload
 * @property {string} id
 * @property {string} title
 * @property {'meta' | 'text' | 'binary'} protocol
 * @property {'get' | 'set'} operation
 * @property {number} connections
 * @property {number} inFlight requests under way at any time, of all connections together
 * @property {number} keys
 * @property {number} valueBytes
 * @property {number} target
 */

const PROTOCOLS = /** @type {const} */ (['meta', 'text', 'binary']);
const OPERATIONS = /** @type {const} */ (['get', 'set']);
const size = { keys: 1000, valueBytes: 100, target: 0.5 };

/** @type {readonly ServerWorkload[]} */
export const serverWorkloads = [
  ...PROTOCOLS.flatMap((protocol) =>
    OPERATIONS.map((operation) => ({
      ...size,
      id: `${protocol}-${operation}-64`,
      title: `${protocol} ${operation} 100 B, 64 in flight`,
      protocol,
      operation,
      connections: 1,
      inFlight: 64,
    })),
  ),
  ...OPERATIONS.map((operation) => ({
    ...size,
    id: `meta-${operation}-1000-connections`,
    title: `meta ${operation} 100 B, 1,000 connections`,
    protocol: PROTOCOLS[0],
    operation,
    connections: 1000,
    inFlight: 1000,
  })),
];
