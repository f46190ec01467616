/**
 * The size rule `key-and-value` between parser and answer: the parsers count memcached's bookkeeping, so they collect a
 * little more here, and what is above the limit is refused as they refuse it.
 */
import { itemOverhead, type BinaryRequest, type TextRequest } from '@memkit/protocol/internal';
import type { ServerFacts } from '../server-facts.js';

/** Client flags take the most room of all bookkeeping that may be there or not. */
const SOME_FLAGS = 1;

/** What a parser may collect as one item, counted as memcached does. */
export function parserLimit({ itemSizeMax, sizeRule, disabled }: ServerFacts): number {
  if (sizeRule !== 'memcached') return itemSizeMax + itemOverhead(SOME_FLAGS);
  return disabled.has('cas') ? itemSizeMax + itemOverhead(0) - itemOverhead(0, false) : itemSizeMax;
}

/** The request, or its refusal. */
export function limitText(facts: ServerFacts, request: TextRequest): TextRequest {
  if (request.op === 'store' && isAbove(facts, request)) {
    const { key, mode, quiet } = request;
    return { op: 'too-large', key, dropsOldValue: mode === 'set', quiet };
  }
  if (request.op === 'meta-set' && isAbove(facts, request)) {
    return { op: 'too-large', key: request.key, dropsOldValue: true, quiet: false };
  }
  return request;
}

/** The request, or its refusal. */
export function limitBinary(facts: ServerFacts, request: BinaryRequest): BinaryRequest {
  if (request.op !== 'store' || !isAbove(facts, request)) return request;
  const { opcode, opaque, quiet, key, mode } = request;
  return { opcode, opaque, quiet, op: 'too-large', key, dropsOldValue: mode === 'set' };
}

function isAbove(
  { itemSizeMax, sizeRule }: ServerFacts,
  { key, data }: { readonly key: string; readonly data: Buffer },
): boolean {
  return sizeRule === 'key-and-value' && key.length + data.length > itemSizeMax;
}
