import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { adapters, rawAdapters } from './adapters/index.mjs';
import { workloads } from './workloads.mjs';

const USAGE = `npm run benchmark -- [options]
  --rounds N          how often each cell is measured; the table shows medians (3)
  --milliseconds N    how long a cell counts (700)
  --warmup N          milliseconds before it counts (500)
  --clients a,b       of ${Object.keys(adapters).join(', ')}, raw (all)
  --workloads a,b     of ${workloads.map(({ id }) => id).join(', ')} (all)
  --heap N            megabytes of objects each cell keeps, as an application does; 0: none (20)
  --no-pin            leave servers and clients to the scheduler (Linux: a core of its own for the clients)
  --out FILE          where the JSON goes (benchmarks/out/results.json)
  --help`;

/** Raw adapters stand beside memkit, because their ratio is what counts and the machine changes with time. */
const ORDER = [...Object.keys(rawAdapters), ...Object.keys(adapters)];

export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '3' },
      milliseconds: { type: 'string', default: '700' },
      warmup: { type: 'string', default: '500' },
      clients: { type: 'string', default: 'all' },
      workloads: { type: 'string', default: 'all' },
      heap: { type: 'string', default: '20' },
      out: { type: 'string' },
      'no-pin': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  const clients = namesOf(values.clients, ['raw', ...ORDER], 'client').flatMap((name) =>
    name === 'raw' ? Object.keys(rawAdapters) : [name],
  );
  const ids = namesOf(
    values.workloads,
    workloads.map(({ id }) => id),
    'workload',
  );
  // npm changes to the directory of the package; a relative path is meant from where the command was typed.
  const from = process.env.INIT_CWD ?? process.cwd();
  return {
    rounds: atLeast(1, values.rounds, 'rounds'),
    milliseconds: atLeast(1, values.milliseconds, 'milliseconds'),
    warmup: atLeast(1, values.warmup, 'warmup'),
    heapMegabytes: atLeast(0, values.heap, 'heap'),
    isPinned: !values['no-pin'],
    clients: ORDER.filter((name) => clients.includes(name)),
    workloads: workloads.filter(({ id }) => ids.includes(id)),
    out: values.out === undefined ? resolve(import.meta.dirname, 'out/results.json') : resolve(from, values.out),
  };
}

function namesOf(list, known, noun) {
  if (list === 'all') return known;
  const names = list.split(',').map((name) => name.trim());
  for (const name of names) {
    if (!known.includes(name)) fail(`There is no ${noun} "${name}". Known: ${known.join(', ')}.`);
  }
  return names;
}

function atLeast(least, text, name) {
  const number = Number(text);
  if (!(Number.isInteger(number) && number >= least && text.trim() !== '')) {
    fail(`--${name} takes a whole number from ${least}, not "${text}".`);
  }
  return number;
}

function fail(sentence) {
  console.error(sentence);
  process.exit(2);
}
