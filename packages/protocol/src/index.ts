export {
  MemcacheError,
  PartialFailureError,
  isMemcacheError,
  type MemcacheErrorFacts,
} from './errors/memcache-error.js';
export { errorCodes, type ErrorCodeEntry, type ErrorName, type MemcacheErrorCode } from './errors/error-codes.js';
export { showKey, showNumber, type ErrorFacts } from './errors/error-message.js';
