import { unexpectedReply } from '../bytes/line-framer.js';

const CONFIG_TEXT = /^[^ ]+ \d{1,10} (\d{1,7})$/;

/**
 * The size of the block behind `CONFIG cluster 0 <bytes>`, ElastiCache's answer to `config get cluster`.
 * @param text the line behind its first word
 * @throws `MEMCACHE_UNEXPECTED_REPLY`
 */
export function readConfigSize(text: string): number {
  const size = CONFIG_TEXT.exec(text)?.[1];
  if (size === undefined) throw unexpectedReply('a CONFIG line lacks its length');
  return Number(size);
}
