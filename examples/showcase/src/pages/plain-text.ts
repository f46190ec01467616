/**
 * What somebody typed into a field, as one line; anything but text is empty. Control characters become spaces: they
 * belong to no name, and Postgres refuses a text with U+0000 in it.
 */
export function plainText(value: unknown): string {
  return typeof value === 'string' ? value.replace(/\p{Cc}/gu, ' ').trim() : '';
}
