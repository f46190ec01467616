/** `undefined` means "there is none" and is never stored; `null` is a value like any other. */
export function isAbsent(value: unknown): value is undefined {
  return value === undefined;
}
