import { MemcacheError } from '@memkit/protocol';

/** What the command says about options that cannot be used. Neither part may hold a password. */
export function cannotStart(detail: string, hint: string): MemcacheError {
  return new MemcacheError('INVALID_OPTION', { action: 'Cannot start the server', detail, hint });
}
