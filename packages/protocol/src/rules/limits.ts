// Each limit with its source. "protocol.txt" is memcached's doc/protocol.txt.

/** Longest key in bytes (protocol.txt, "Keys"; the unit is bytes: 250 times "é" is refused, measured on 1.6.18). */
export const MAX_KEY_BYTES = 250;

/** Default of memcached's `item_size_max` (-I), in bytes: the whole item, not the value alone. */
export const DEFAULT_ITEM_SIZE_MAX = 1_048_576;

/** Expiry values above this many seconds (30 days) are read as absolute Unix times (protocol.txt, "Expiration times"). */
export const MAX_RELATIVE_EXPTIME = 2_592_000;

/**
 * Largest expiry that is sent, 2038-01-19. Beyond 31 bits 1.6.18 reads a negative number in text and meta and expires the
 * item at once, and 1.6.45 answers CLIENT_ERROR to some commands (measured).
 */
export const MAX_ABSOLUTE_EXPTIME = 0x7fff_ffff;

/** Client flags are an unsigned 32-bit number (protocol.txt, "flags"). */
export const MAX_FLAGS = 0xffff_ffff;

/** Counters are unsigned 64-bit numbers and wrap (protocol.txt, "Increment/Decrement"). */
export const MAX_COUNTER = 0xffff_ffff_ffff_ffffn;

/** Longest delay of a Node.js timer in milliseconds, 24 days: it holds 31 bits, and a longer one fires at once (Node.js, "Timers"). */
export const LONGEST_TIMER_MS = 0x7fff_ffff;
