/**
 * Every option of the command, ours and memcached's, in the order of the help. Short names are memcached's and mean what
 * they mean there; what this server has no use for is either taken and left alone, because it changes nothing a client
 * sees, or refused with the reason.
 */

interface OptionBase {
  /** The long name. */
  readonly name: string;
  readonly short?: string;
  /** memcached's long name, where ours is another. */
  readonly alias?: string;
}

/** An option that does something here; `value` names what follows it, flags have none. */
export interface OfferedOption extends OptionBase {
  readonly value?: string;
  readonly text: string;
}

/** An option of memcached that does nothing here. */
export interface ForeignOption extends OptionBase {
  readonly takesValue: boolean;
  /** Why it is refused, a sentence; without one it is taken and left alone. */
  readonly refusal?: string;
}

export const offeredOptions = [
  { name: 'port', short: 'p', value: 'number', text: 'TCP port, 0 for a free one (default 11211)' },
  {
    name: 'listen',
    short: 'l',
    alias: 'host',
    value: 'address',
    text: 'address to listen on, host or host:port (default 127.0.0.1)',
  },
  { name: 'unix-socket', short: 's', value: 'path', text: 'listen on a unix socket, and on no port' },
  { name: 'unix-mask', short: 'a', value: 'mode', text: 'who may use the socket, octal (default 700)' },
  {
    name: 'memory',
    short: 'm',
    alias: 'memory-limit',
    value: 'megabytes',
    text: 'memory of all items together (default 64)',
  },
  { name: 'max-item-size', short: 'I', value: 'bytes', text: 'largest item: 2m, 512k, 1048576 (default 1m)' },
  {
    name: 'max-connections',
    short: 'c',
    alias: 'conn-limit',
    value: 'number',
    text: 'connections at the same time (default 1024)',
  },
  {
    name: 'sasl',
    value: 'user:password',
    text: 'who may log in by SASL, over the binary protocol; may be repeated',
  },
  {
    name: 'enable-sasl',
    short: 'S',
    text: 'SASL with the users of the file that MEMCACHED_SASL_PWDB names',
  },
  {
    name: 'ascii-auth',
    value: 'user:password',
    text: 'who may log in over text and meta, as with memcached -Y; may be repeated',
  },
  { name: 'auth-file', short: 'Y', value: 'file', text: 'the same as --ascii-auth @file' },
  {
    name: 'memcachier',
    value: 'user:password',
    text: 'who may log in as on MemCachier, over text or binary; may be repeated',
  },
  {
    name: 'tls',
    short: 'Z',
    alias: 'enable-ssl',
    text: 'TLS; without the next two with a certificate made for localhost',
  },
  { name: 'tls-cert', value: 'file', text: 'certificate chain, PEM' },
  { name: 'tls-key', value: 'file', text: 'private key, PEM (default: it is in the file of --tls-cert)' },
  { name: 'tls-ca', value: 'file', text: 'mutual TLS: authorities whose clients may connect, PEM' },
  { name: 'disable-evictions', short: 'M', text: 'a full memory refuses what is new instead of evicting what is old' },
  { name: 'disable-cas', short: 'C', text: 'items without a CAS value, 8 bytes smaller' },
  { name: 'disable-flush-all', short: 'F', text: 'flush_all is refused' },
  { name: 'disable-dumping', short: 'X', text: 'stats cachedump and lru_crawler metadump are refused' },
  { name: 'disable-watch', short: 'W', text: 'watch is refused' },
  { name: 'enable-shutdown', short: 'A', text: 'the command shutdown ends the server' },
  {
    name: 'delimiter',
    short: 'D',
    value: 'character',
    text: 'what ends the prefix of a key in stats detail, which counts from the start (default :)',
  },
  {
    name: 'extended',
    short: 'o',
    value: 'settings',
    text: "memcached's ssl_chain_cert, ssl_key, ssl_ca_cert, ssl_verify_mode, idle_timeout",
  },
  {
    name: 'memcached-version',
    value: 'version',
    text: 'which memcached to answer as: 1.6.18 or 1.6.45 (default 1.6.18)',
  },
  { name: 'verbose', short: 'v', text: 'tell what fails and what is left alone, on standard error' },
  { name: 'help', short: 'h', text: 'this text' },
  { name: 'version', short: 'V', text: 'the version' },
] as const satisfies readonly OfferedOption[];

export type OptionName = (typeof offeredOptions)[number]['name'];

export const foreignOptions: readonly ForeignOption[] = [
  { name: 'threads', short: 't', takesValue: true },
  { name: 'user', short: 'u', takesValue: true },
  { name: 'max-reqs-per-event', short: 'R', takesValue: true },
  { name: 'listen-backlog', short: 'b', takesValue: true },
  { name: 'slab-growth-factor', short: 'f', takesValue: true },
  { name: 'slab-min-size', short: 'n', takesValue: true },
  { name: 'enable-largepages', short: 'L', takesValue: false },
  { name: 'lock-memory', short: 'k', takesValue: false },
  { name: 'enable-coredumps', short: 'r', takesValue: false },
  { name: 'pidfile', short: 'P', takesValue: true },
  { name: 'license', short: 'i', takesValue: false, refusal: 'It is in the file LICENSE of the package.' },
  {
    name: 'daemon',
    short: 'd',
    takesValue: false,
    refusal: 'This server stays in the foreground; put & at the end of the line, or let a process manager start it.',
  },
  { name: 'udp-port', short: 'U', takesValue: true, refusal: 'This server has no UDP; leave it out or write -U 0.' },
  {
    name: 'protocol',
    short: 'B',
    takesValue: true,
    refusal: 'Each connection speaks the protocol of its first byte; leave it out or write -B auto.',
  },
  {
    name: 'memory-file',
    short: 'e',
    takesValue: true,
    refusal: 'Items of this server live in memory and end with it; run memcached for items that survive a restart.',
  },
];

/** memcached writes these, too, in its own start lines; the value that asks for nothing is taken. */
export const harmlessValues: Readonly<Record<string, string>> = { 'udp-port': '0', protocol: 'auto' };
