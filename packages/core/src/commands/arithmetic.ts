import type { ArithmeticInput, OutgoingItem, ProtocolDriver, WireRequest } from '../drivers/protocol-driver.js';
import { MemcacheError } from '@memkit/protocol';
import { toCount } from '../values/value-codec.js';
import { requestFacts } from '../drivers/request-facts.js';
import type { Command } from './command.js';
import { DeleteCommand } from './delete.js';
import { StoreCommand } from './store.js';

export class ArithmeticCommand implements Command<bigint | undefined, number | bigint | undefined> {
  readonly name: ArithmeticInput['direction'];
  readonly effect = 'change';
  readonly isIdempotent = false;
  readonly key: string;
  readonly bytes: number;
  readonly #input: ArithmeticInput;

  constructor(key: string, input: ArithmeticInput) {
    this.key = key;
    this.bytes = key.length;
    this.name = input.direction;
    this.#input = input;
  }

  request(driver: ProtocolDriver): WireRequest<bigint | undefined> {
    return driver.arithmetic(this.key, this.#input);
  }

  result(count: bigint | undefined): number | bigint | undefined {
    return count === undefined ? undefined : toCount(count);
  }

  outdatesCopies(count: bigint | undefined): boolean {
    return count !== undefined;
  }

  /** Not the count: a copy may have missed an earlier one, and two counts may arrive in the other order. */
  forReplica(): DeleteCommand {
    return new DeleteCommand(this.key);
  }
}

type Run = <Reply, Result>(command: Command<Reply, Result>) => Promise<Result>;

/** Races with other clients that create and delete the same counter are lost at most this often. */
const TRIES = 3;

/**
 * Counts, and creates the counter when it is absent: with `add`, because what the server's own creation stores has no
 * flags, so that `get` would return text instead of a number.
 * @param item what the counter begins as
 */
export async function countOrCreate(
  key: string,
  input: ArithmeticInput,
  initial: bigint,
  item: OutgoingItem,
  run: Run,
): Promise<number | bigint> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const count = await run(new ArithmeticCommand(key, input));
    if (count !== undefined) return count;
    if (await run(new StoreCommand('add', key, item))) return toCount(initial);
  }
  throw new MemcacheError('SERVER_ERROR', {
    ...requestFacts(input.direction, key, ''),
    server: undefined,
    detail: `somebody else created and deleted it ${String(TRIES)} times meanwhile`,
    hint: 'Count again.',
  });
}
