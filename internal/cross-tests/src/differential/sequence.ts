/** A random sequence of requests of one protocol for one connection. */
import type { MemcachedVersion } from '@memkit/protocol/internal';
import { SeededRandom } from '@memkit/testing';
import { binaryOperation, lastBinaryOperation } from './binary-operations.js';
import { isKnownToDiffer } from './known-differences.js';
import { metaOperation } from './meta-operations.js';
import type { Operation, Protocol } from './operation.js';
import { lastTextOperation, textOperation } from './text-operations.js';

const LENGTH = 100;
/** Text and meta share connections, and items. */
const MIXED = 0.1;

/** The same for the same seed. */
export function randomSequence(protocol: Protocol, build: MemcachedVersion, seed: number): readonly Operation[] {
  const random = new SeededRandom(seed);
  const make = makerOf(protocol, random);
  const last = protocol === 'binary' ? lastBinaryOperation : lastTextOperation;
  return [...Array.from({ length: LENGTH }, make), last(random)].filter(
    (operation) => !isKnownToDiffer(operation, build),
  );
}

function makerOf(protocol: Protocol, random: SeededRandom): () => Operation {
  switch (protocol) {
    case 'text':
      return () => (random.chance(MIXED) ? metaOperation(random) : textOperation(random));
    case 'meta':
      return () => (random.chance(MIXED) ? textOperation(random) : metaOperation(random));
    case 'binary':
      return () => binaryOperation(random);
  }
}
