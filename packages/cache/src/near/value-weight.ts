/** About how much memory a decoded value takes. Values come from JSON: objects, arrays, text, numbers, and bytes at the top. */

// Chosen so that the sum is what 3,000 to 20,000 decoded values of six kinds took on the heap, or up to twice as much
// (Node 20: records, rows, text of one and of two bytes a character, lists of numbers, objects used as maps).
const OBJECT_BYTES = 32;
const FIELD_BYTES = 8;
/** Objects with many fields are hash tables, and their names are seldom shared with others. */
const MANY_FIELDS = 24;
const TABLE_FIELD_BYTES = 80;
const ELEMENT_BYTES = 8;
const TEXT_BYTES = 24;
const NUMBER_BYTES = 8;

/** @param visit is given every object and array in the value, itself included */
export function weighValue(value: unknown, visit: (part: object) => void = ignore): number {
  let bytes = 0;
  // A stack of its own: JSON may be nested deeper than calls can be.
  const open: unknown[] = [value];
  for (let part = open.pop(); part !== undefined || open.length > 0; part = open.pop()) {
    if (typeof part === 'string') bytes += weighText(part);
    else if (typeof part === 'number') bytes += NUMBER_BYTES;
    else if (part instanceof Uint8Array) bytes += OBJECT_BYTES + part.byteLength;
    else if (Array.isArray(part)) {
      bytes += OBJECT_BYTES + part.length * ELEMENT_BYTES;
      visit(part);
      for (const element of part as readonly unknown[]) open.push(element);
    } else if (typeof part === 'object' && part !== null) {
      bytes += OBJECT_BYTES;
      visit(part);
      const fields = Object.entries(part);
      const isTable = fields.length > MANY_FIELDS;
      for (const [name, field] of fields) {
        bytes += isTable ? TABLE_FIELD_BYTES + weighText(name) : FIELD_BYTES;
        open.push(field);
      }
    }
  }
  return bytes;
}

/** V8 keeps text whose characters are all below 256 with one byte each. */
export function weighText(text: string): number {
  return TEXT_BYTES + (WIDE.test(text) ? 2 : 1) * text.length;
}

// eslint-disable-next-line no-control-regex -- 0 is the first of those characters
const WIDE = /[^\u0000-\u00ff]/;

function ignore(): void {
  // Only the weight is wanted.
}
