import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { serverWorkloads } from './server-workloads.mjs';

const USAGE = `npm run benchmark:server -- [options]
  --rounds N          how often each cell is measured; the table shows medians (5)
  --milliseconds N    how long a cell counts (500)
  --warmup N          milliseconds before it counts (300)
  --workloads a,b     of ${serverWorkloads.map(({ id }) => id).join(', ')} (all)
  --stall             instead: how long the event loop stands still while the memory is filled and overwritten
  --megabytes N       with --stall: its memory limit in MiB (1024)
  --value-bytes N     with --stall: bytes of a value (1024)
  --no-pin            leave servers and load to the scheduler (Linux: a core of its own for the load)
  --out FILE          where the JSON goes (benchmarks/out/server-results.json)
  --help`;

export function readServerOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '5' },
      milliseconds: { type: 'string', default: '500' },
      warmup: { type: 'string', default: '300' },
      workloads: { type: 'string' },
      stall: { type: 'boolean', default: false },
      megabytes: { type: 'string', default: '1024' },
      'value-bytes': { type: 'string', default: '1024' },
      'no-pin': { type: 'boolean', default: false },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  const ids = values.workloads?.split(',').map((id) => id.trim()) ?? serverWorkloads.map(({ id }) => id);
  const stranger = ids.find((id) => !serverWorkloads.some((workload) => workload.id === id));
  if (stranger !== undefined) fail(`There is no workload "${stranger}".\n${USAGE}`);
  // npm changes to the directory of the package; a relative path is meant from where the command was typed.
  const from = process.env.INIT_CWD ?? process.cwd();
  return {
    rounds: positive(values.rounds, 'rounds'),
    milliseconds: positive(values.milliseconds, 'milliseconds'),
    warmup: positive(values.warmup, 'warmup'),
    workloads: serverWorkloads.filter(({ id }) => ids.includes(id)),
    isStall: values.stall,
    megabytes: positive(values.megabytes, 'megabytes'),
    valueBytes: positive(values['value-bytes'], 'value-bytes'),
    isPinned: !values['no-pin'],
    out: values.out === undefined ? resolve(import.meta.dirname, 'out/server-results.json') : resolve(from, values.out),
  };
}

function positive(text, name) {
  const number = Number(text);
  if (!(Number.isInteger(number) && number > 0)) fail(`--${name} takes a whole number from 1, not "${text}".`);
  return number;
}

function fail(sentence) {
  console.error(sentence);
  process.exit(2);
}
