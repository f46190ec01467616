/** Another object with the same data. Values come from JSON: objects, arrays, text, numbers, and bytes at the top. */
export function copyValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (Array.isArray(value)) return value.map(copyValue);
  // Not by assignment: "__proto__" is a field like any other in JSON.
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, copyValue(field)]));
}
