import { plainText } from '../pages/plain-text.js';
import type { CountryChanges } from './country.js';

/** What the edit form sent: the changes, or a sentence for each field that cannot be used. */
export type CountryForm =
  | { readonly changes: CountryChanges }
  | { readonly problems: Readonly<Record<string, string>>; readonly entered: Readonly<Record<string, string>> };

const LONGEST_TEXT = 120;
// The surface of the Earth.
const LARGEST_AREA_KM2 = 510_072_000;

export function parseCountryForm(body: unknown): CountryForm {
  const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const entered = Object.fromEntries(
    ['name', 'officialName', 'capital', 'areaKm2'].map((field) => [field, plainText(fields[field])]),
  );
  const { name = '', officialName = '', capital = '', areaKm2 = '' } = entered;
  const digits = areaKm2.replace(/[\s,_']/g, '');
  // Number() alone would read '' as 0 and 0x10 as 16.
  const area = /^-?\d+(\.\d+)?$/.test(digits) ? Number(digits) : Number.NaN;
  const problems: Record<string, string> = {};
  if (name === '') problems['name'] = 'A country needs a name.';
  if (officialName === '')
    problems['officialName'] = 'A country needs an official name; repeat the name if it has none.';
  for (const field of ['name', 'officialName', 'capital']) {
    const length = entered[field]?.length ?? 0;
    if (length > LONGEST_TEXT) {
      problems[field] = `This is ${String(length)} characters long; at most ${String(LONGEST_TEXT)} fit.`;
    }
  }
  if (Number.isNaN(area)) {
    problems['areaKm2'] = `“${areaKm2}” is not a number. Write square kilometres, such as 41284.`;
  } else if (area < 0 || area > LARGEST_AREA_KM2) {
    problems['areaKm2'] = 'An area lies between 0 and 510,072,000 km², the surface of the Earth.';
  }
  if (Object.keys(problems).length > 0) return { problems, entered };
  return { changes: { name, officialName, capital, areaKm2: area } };
}
