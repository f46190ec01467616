/** Keys of the random requests: few usual ones, so that requests meet each other's items, and odd ones. */

export const KEYS = ['a', 'b', 'c', 'n', 'n'];
export const LONG_KEYS = ['k'.repeat(250), 'k'.repeat(251), 'k'.repeat(300)];
/** For text and meta: no space, no line end, no NUL. */
export const ODD_KEYS = ['a\tb', '\xe9\x80', '\xe9', 'noreply', '0', 'c3Bhbg==', '=', 'YQ', 'YQ=', 'a*b'];
/** In base64, for meta. */
export const ENCODED_KEYS = ['Zm9v', 'YQ==', 'Yg==', 'YWI=', 'AA==', '4pyT'];
export const BINARY_KEYS = ['k'.repeat(250), '\xe9', 'a b', '\0', 'a\r\nb'];

export const EVERY_KEY: readonly string[] = [
  ...KEYS,
  ...LONG_KEYS.filter((key) => key.length <= 250),
  ...ODD_KEYS,
  ...ENCODED_KEYS,
  ...ENCODED_KEYS.map((key) => Buffer.from(key, 'base64').toString('latin1')),
  ...BINARY_KEYS,
];
