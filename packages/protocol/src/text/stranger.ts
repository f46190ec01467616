/** Names the servers people reach by mistake; never shows the line, which may be part of a value. */
export function describeStranger(line: string): string {
  if (/^HTTP\/\d/.test(line)) return 'an HTTP server answered';
  if (/^-(ERR|NOAUTH|WRONGPASS)/.test(line)) return 'a Redis server answered';
  if (line.startsWith('SSH-')) return 'an SSH server answered';
  return 'a line begins with no word memcached uses';
}
