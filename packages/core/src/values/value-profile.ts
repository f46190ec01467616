/**
 * Whose flags and formats values have. The same bits mean different things to different clients, so a profile is chosen
 * and never guessed.
 */
export const valueProfiles = [
  'memkit',
  'memjs',
  'memcached',
  'memcache-client',
  'pymemcache',
  'python-memcached',
  'pylibmc',
  'bmemcached',
  'dalli',
  'dalli-json',
  'php',
  'php-json',
  'spymemcached',
] as const;

export type ValueProfile = (typeof valueProfiles)[number];
