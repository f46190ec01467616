/** A value behind `NAME=` as a POSIX shell reads it; most need no quotes. */
export function shellQuote(value: string): string {
  return /^[\w@%+:,./\][-]*$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}
