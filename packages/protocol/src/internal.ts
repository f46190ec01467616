/** The door for sibling packages: codecs and rules. Not covered by semantic versioning. */
export * from './bytes/byte-writer.js';
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
