/** Injects the `Memcache` client of `MemkitModule`. */
export const MEMKIT_MEMCACHE = Symbol.for('memkit.nestjs.memcache');

/** Injects the `Cache` of `MemkitModule`. */
export const MEMKIT_CACHE = Symbol.for('memkit.nestjs.cache');
