import { Inject } from '@nestjs/common';
import { MEMKIT_CACHE, MEMKIT_MEMCACHE } from '../memkit.constants.js';

/**
 * Injects the module's client.
 * @example
 * constructor(@InjectMemcache() private readonly memcache: Memcache) {}
 */
export const InjectMemcache = (): ParameterDecorator & PropertyDecorator => Inject(MEMKIT_MEMCACHE);

/**
 * Injects the module's cache.
 * @example
 * constructor(@InjectCache() private readonly cache: Cache) {}
 */
export const InjectCache = (): ParameterDecorator & PropertyDecorator => Inject(MEMKIT_CACHE);
