/** The door for sibling packages: codecs and rules. Not covered by semantic versioning. */
export * from './bytes/byte-writer.js';
export { readCounter } from './bytes/decimal.js';
export * from './rules/limits.js';
export * from './rules/key-rules.js';
export * from './rules/item-size.js';
export * from './rules/expiration.js';
export * from './rules/known-options.js';

// Client side and what both sides share of the wire.
export * from './meta/meta-flags.js';
export * from './binary/binary-header.js';
export * from './binary/binary-opcodes.js';
export * from './binary/binary-status.js';
export * from './meta/meta-request-writer.js';
export * from './text/text-reply.js';
export * from './binary/binary-request-writer.js';
export * from './binary/binary-reply-parser.js';
export * from './text/text-request-writer.js';
export * from './text/text-reply-parser.js';
export type { ExpectedItems } from './text/expected-items.js';
export * from './sasl/sasl-plain.js';

// Server side of the codecs.
export * from './text/memcached-version.js';
export * from './text/text-request.js';
export * from './text/text-request-parser.js';
export * from './text/text-reply-writer.js';
export * from './text/strict-numbers.js';
export * from './text/wire-numbers.js';
export * from './meta/meta-request.js';
export { hasLongOpaque, LONG_OPAQUE, tokensBeforeLongOpaque } from './meta/meta-option-parser.js';
export * from './meta/meta-reply-writer.js';
export * from './binary/binary-request.js';
export * from './binary/binary-request-parser.js';
export * from './binary/binary-reply-writer.js';
