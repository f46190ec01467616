/** Keys written as templates with named places, `user:{id}`: their types, and how the places are filled. */
import { MemcacheError } from '@memkit/core';

/** Keys that a template stands for: `user:{id}` -> `user:${string}`. */
export type FilledKey<Template extends string> = Template extends `${infer Before}{${string}}${infer After}`
  ? `${Before}${string}${FilledKey<After>}`
  : Template;

/** Names of the places of a template. */
export type PlaceNames<Template extends string> = Template extends `${string}{${infer Name}}${infer After}`
  ? Name | PlaceNames<After>
  : never;

/** What fills the places of a template. */
export type KeyParameters<Template extends string> = {
  readonly [Name in PlaceNames<Template>]: string | number | bigint;
};

const PLACE = /\{([^{}]*)\}/g;
const PUNCTUATION = /[^\p{L}\p{N}]/gu;

/**
 * The key with its places filled. In parameters, `%` and the punctuation of the template are percent-encoded, so that no
 * parameter reaches into what stands next to it: `user:{id}` with the id `a:b` is `user:a%3Ab`.
 * @throws `MEMCACHE_INVALID_KEY` when a parameter is missing, empty or no string, number or bigint, or when nothing but
 *   letters and digits stands between two places
 */
export function fillTemplate<Template extends string>(
  template: Template,
  parameters: Readonly<Record<string, unknown>>,
): FilledKey<Template> {
  const literals = template.split(PLACE).filter((_part, at) => at % 2 === 0);
  for (const between of literals.slice(1, -1)) {
    if (between.search(PUNCTUATION) < 0)
      throw badTemplate(template, 'between two of its places is nothing that tells where the first one ends');
  }
  const reserved = new Set(['%', ...literals.flatMap((literal) => literal.match(PUNCTUATION) ?? [])]);
  const encode = (value: string): string =>
    Array.from(value, (character) => (reserved.has(character) ? percentEncode(character) : character)).join('');
  const filled = template.replace(PLACE, (_place, name: string) => encode(textOf(template, name, parameters)));
  // It is the template with its places filled, which is what the type says.
  return filled as FilledKey<Template>;
}

function textOf(template: string, name: string, parameters: Readonly<Record<string, unknown>>): string {
  const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value))) return String(value);
  const shown = value === '' ? 'empty' : value === undefined ? 'missing' : `of type ${typeof value}`;
  throw badTemplate(template, `its parameter "${name}" is ${shown}`);
}

function percentEncode(character: string): string {
  return Array.from(Buffer.from(character), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}

function badTemplate(template: string, detail: string): MemcacheError {
  return new MemcacheError('INVALID_KEY', {
    action: `Cannot fill the template "${template}"`,
    detail,
    hint: "Give a string, number or bigint for each place: cache.key('user:{id}', { id: 42 }).",
  });
}
