import { MemcacheError } from '@memkit/protocol';

/** @param detail a clause that quotes nothing of the value */
export function corruptValue(key: string, detail: string, hint?: string): MemcacheError {
  return new MemcacheError('VALUE_CORRUPT', { action: 'Cannot read', key, detail, hint });
}

/** The bytes are not what the flags say. */
export function notWhatFlagsSay(key: string, data: Buffer, what: string): MemcacheError {
  return corruptValue(key, `its flags say ${what} and its ${String(data.length)} bytes are not`);
}
