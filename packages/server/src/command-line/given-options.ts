/** The command's words -> options with their texts, by `node:util`; what a text means is decided elsewhere. */
import { parseArgs } from 'node:util';
import { nearestName } from '@memkit/protocol/internal';
import { foreignOptions, harmlessValues, offeredOptions, type OfferedOption, type OptionName } from './option-table.js';
import { cannotStart } from './cannot-start.js';

export interface GivenOptions {
  has(name: OptionName): boolean;
  /** The last text of an option, which is the one that counts for options that are given once. */
  text(name: OptionName): string | undefined;
  texts(name: OptionName): readonly string[];
  /** memcached's options that were given and do nothing here, as they were written. */
  readonly leftAlone: readonly string[];
}

const offered: readonly OfferedOption[] = offeredOptions;
const aliases = new Map([...offered, ...foreignOptions].flatMap(({ alias, name }) => (alias ? [[alias, name]] : [])));
const config = Object.fromEntries([
  ...offered.flatMap(({ name, alias, short, value }) => {
    const type = value === undefined ? ('boolean' as const) : ('string' as const);
    const named = [[name, { type, ...(short === undefined ? {} : { short }) }]] as const;
    return alias === undefined ? named : [...named, [alias, { type }] as const];
  }),
  ...foreignOptions.map(({ name, short, takesValue }) => {
    const type = takesValue ? ('string' as const) : ('boolean' as const);
    return [name, { type, ...(short === undefined ? {} : { short }) }] as const;
  }),
]);
const longNames = Object.keys(config);

/** @throws `MEMCACHE_INVALID_OPTION` */
export function readOptions(args: readonly string[]): GivenOptions {
  const { tokens } = parseArgs({
    args: [...args],
    options: config,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = new Map<string, string[]>();
  const leftAlone: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') {
      throw cannotStart(`${JSON.stringify(token.value)} belongs to no option`, 'See memkit-server --help.');
    }
    const name = aliases.get(token.name) ?? token.name;
    assertKnown(name, token.rawName);
    const takesText = config[name]?.type === 'string';
    if (takesText && token.value === undefined) {
      throw cannotStart(`${token.rawName} needs a value`, 'See memkit-server --help.');
    }
    if (!takesText && token.value !== undefined) throw cannotStart(`${token.rawName} takes no value`, 'Leave it out.');
    const foreign = foreignOptions.find((option) => option.name === name);
    if (foreign === undefined) given.set(name, [...(given.get(name) ?? []), token.value ?? '']);
    else if (foreign.refusal === undefined || isHarmless(name, token.value)) leftAlone.push(token.rawName);
    else
      throw cannotStart(`${token.rawName} is an option of memcached that this server does not have`, foreign.refusal);
  }
  return {
    has: (name) => given.has(name),
    text: (name) => given.get(name)?.at(-1),
    texts: (name) => given.get(name) ?? [],
    leftAlone,
  };
}

function assertKnown(name: string, rawName: string): void {
  if (Object.hasOwn(config, name)) return;
  const nearest = rawName.startsWith('--') ? nearestName(name, longNames) : undefined;
  const hint = 'See memkit-server --help.';
  throw cannotStart(
    `there is no option ${rawName}`,
    nearest === undefined ? hint : `Did you mean --${nearest}? ${hint}`,
  );
}

function isHarmless(name: string, value: string | undefined): boolean {
  return value !== undefined && harmlessValues[name] === value;
}
