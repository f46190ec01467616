export { InjectCache, InjectMemcache } from './decorators/inject.js';
export { MemkitHealthIndicator, type MemkitHealthResult } from './health/memkit.health.js';
export { MEMKIT_CACHE, MEMKIT_MEMCACHE } from './memkit.constants.js';
export type { MemkitModuleExtras, MemkitModuleOptions, MemkitOptionsFactory } from './memkit-module-options.js';
export { MemkitModule } from './memkit.module.js';
