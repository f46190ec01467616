/** The door for sibling packages. Not covered by semantic versioning. */
export { bindCache } from './decorators/find-cache.js';
export { decoratedMethodsOf, type DecoratedMethod } from './decorators/method-metadata.js';
export { canonicalArguments, canonicalValue } from './keys/canonical-arguments.js';
export { createCacheIn } from './engine/create-cache.js';
export type { Surroundings } from './engine/surroundings.js';
