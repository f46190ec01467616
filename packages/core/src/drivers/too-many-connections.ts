/**
 * A memcached with `-o maxconns_fast` whose connections are all taken says so in text, whatever the protocol, and hangs
 * up: "ERROR Too many open connections" (memcached.c, drive_machine; measured on 1.6.18). Without that option it lets
 * the attempt wait.
 */
import { MemcacheError, type MemcacheErrorFacts } from '@memkit/protocol';

export const TOO_MANY_CONNECTIONS = {
  pattern: /^too many open connections/i,
  detail: 'the server has as many connections as it allows',
  hint: 'Raise memcached -c, or let fewer processes connect.',
};

const IN_TEXT = Buffer.from('ERROR Too many open connections', 'latin1');

export function tooManyConnections(facts: MemcacheErrorFacts): MemcacheError {
  const { detail, hint } = TOO_MANY_CONNECTIONS;
  return new MemcacheError('CONNECT_FAILED', { ...facts, detail, hint });
}

/** @throws `MEMCACHE_CONNECT_FAILED` when this is the refusal, which no binary reply can look like */
export function assertConnectionTaken(firstChunk: Buffer, server: string): void {
  if (firstChunk.subarray(0, IN_TEXT.length).equals(IN_TEXT))
    throw tooManyConnections({ action: 'Cannot connect', server });
}
