export { cachePage, type PageMiddleware } from './page-cache.js';
export type { PageCacheOptions } from './page-cache-options.js';
export { defaultIgnoredQueryParameters } from './canonical-query.js';
export {
  createFragments,
  type FragmentManyOptions,
  type FragmentOptions,
  type Fragments,
  type FragmentsOptions,
} from './fragment-cache.js';
export type { FragmentMessage, FragmentsMessage, PageMessage } from './telemetry/channels.js';
