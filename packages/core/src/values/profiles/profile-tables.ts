import type { ValueProfile } from '../value-profile.js';
import { spymemcached } from './java-profiles.js';
import { memcacheClient, memcached, memjs } from './node-profiles.js';
import { php, phpJson } from './php-profiles.js';
import { bmemcached, pylibmc, pymemcache, pythonMemcached } from './python-profiles.js';
import { dalli, dalliJson } from './ruby-profiles.js';
import type { ProfileTable } from './table-format.js';

/** Every profile but our own. */
export const profileTables: Readonly<Record<Exclude<ValueProfile, 'memkit'>, ProfileTable>> = {
  memjs,
  memcached,
  'memcache-client': memcacheClient,
  pymemcache,
  'python-memcached': pythonMemcached,
  pylibmc,
  bmemcached,
  dalli,
  'dalli-json': dalliJson,
  php,
  'php-json': phpJson,
  spymemcached,
};
