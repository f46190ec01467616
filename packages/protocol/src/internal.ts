/** The door for sibling packages: codecs and rules. Not covered by semantic versioning. */
export * from './bytes/byte-writer.js';
export * from './rules/limits.js';
export * from './rules/key-rules.js';
export * from './rules/item-size.js';
export * from './rules/expiration.js';
export * from './rules/known-options.js';
