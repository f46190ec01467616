import type { ByteWriter } from '@memkit/protocol/internal';
import type { ConnectionFailure } from './connection-errors.js';
import type { LiveConnection } from './live-connection.js';
import type { GetsTogether } from '../drivers/protocol-driver.js';
import type { OneByOne } from './one-by-one.js';
import type { RequestLedger } from './request-ledger.js';

/** A batch is cut here, so that the stream can say it is full before everything that waits is encoded. */
const MAX_BATCH_BYTES = 256 * 1024;

/**
 * Writes the requests that wait, in the protocol of the connection.
 * @returns why the connection must be given up: half a request was written
 */
export function encodeWaiting(
  ledger: RequestLedger,
  live: LiveConnection,
  writer: ByteWriter,
  now: number,
  oneByOne: OneByOne,
): ConnectionFailure | undefined {
  const { pending } = ledger;
  const { driver } = live;
  const gathers = oneByOne.isOver(now) && driver.getTogether !== undefined;
  let gets: GetsTogether | undefined;
  while (writer.length < MAX_BATCH_BYTES) {
    const entry = pending.takeUnsent();
    if (entry === undefined) break;
    if (entry.isSettled) continue;
    const { command } = entry;
    const isGet = gathers && command.isPlainGet === true;
    if (gets !== undefined && (!isGet || gets.isFull)) {
      gets.end(writer);
      gets = undefined;
    }
    try {
      if (isGet && pending.nextUnsent?.command.isPlainGet === true) gets ??= driver.getTogether?.();
      entry.request = gets === undefined ? command.request(driver) : gets.add(command.key);
    } catch (error) {
      // The protocol does not have the command; nothing of it is written.
      ledger.rejectWith(entry, error);
      continue;
    }
    entry.writtenAt = now;
    try {
      entry.request.encode(writer);
    } catch (error) {
      ledger.reject(entry, { name: 'CLIENT_ERROR', detail: 'the request could not be written', cause: error });
      return { name: 'CONNECTION_LOST', detail: 'a request sent together with this one could not be written' };
    }
    live.expectAnswer(entry.deadline);
  }
  gets?.end(writer);
  return undefined;
}
