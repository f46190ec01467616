/**
 * memkit, its peers and the ceiling, side by side on one real memcached. Each cell (client, workload, round) runs in its
 * own process; rounds are interleaved, so that what the machine does meanwhile meets all of them.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg } from 'node:os';
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { adapters, rawAdapters } from './adapters/index.mjs';
import { readOptions } from './options.mjs';
import { pinServers } from './pinning.mjs';
import { showTargets, showWorkload } from './report.mjs';
import { runCalmCell } from './run-cell.mjs';
import { startServers } from './servers.mjs';
import { summarize } from './summary.mjs';

const options = readOptions(process.argv.slice(2));
const nodeMajor = Number(process.versions.node.split('.')[0]);
const clients = options.clients.filter((name) => {
  const leastNode = adapters[name]?.leastNode ?? 0;
  if (nodeMajor < leastNode)
    console.log(`${name} is left out: it needs Node ${leastNode}, this is ${process.version}.`);
  return nodeMajor >= leastNode;
});

function canRun(client, workload) {
  if (workload.operation === 'ring') return client === 'memkit';
  const isLogin = workload.servers === 'sasl';
  const raw = rawAdapters[client];
  if (raw !== undefined) return isLogin === false || raw.protocol === 'binary';
  return !(isLogin && adapters[client].hasNoLogin === true);
}

function versions() {
  const require = createRequire(import.meta.url);
  const versionOf = (packageName) => {
    const root = require.resolve
      .paths(packageName)
      .map((directory) => join(directory, packageName, 'package.json'))
      .map((file) => {
        try {
          return JSON.parse(readFileSync(file, 'utf8')).version;
        } catch {
          return undefined;
        }
      });
    return root.find((version) => version !== undefined);
  };
  return Object.fromEntries(
    clients.filter((name) => name in adapters).map((name) => [name, versionOf(adapters[name].packageName)]),
  );
}

const startedAt = performance.now();
const pinning = options.isPinned ? pinServers() : undefined;
const servers = await startServers(options.workloads);
const results = new Map(options.workloads.map((workload) => [workload, new Map()]));
try {
  for (let round = 0; round < options.rounds; round += 1) {
    for (const workload of options.workloads) {
      const able = clients.filter((client) => canRun(client, workload));
      for (let turn = 0; turn < able.length; turn += 1) {
        // Nobody always follows the same neighbour's noise, and the raw adapters stay beside memkit.
        const client = able[round % 2 === 0 ? turn : able.length - 1 - turn];
        const warmup = options.warmup * (workload.warmups ?? 1);
        const { milliseconds, heapMegabytes } = options;
        const cell = { client, workload, warmup, milliseconds, heapMegabytes, ...servers.of(workload) };
        await servers.empty();
        const result = await runCalmCell(cell, pinning);
        const rounds = results.get(workload);
        rounds.set(client, [...(rounds.get(client) ?? []), result]);
      }
    }
    console.error(`round ${round + 1} of ${options.rounds}: ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
  }
} finally {
  await servers.stop();
}

const summaries = options.workloads.map((workload) => {
  const ordered = clients.filter((client) => results.get(workload).has(client));
  return summarize(workload, new Map(ordered.map((client) => [client, results.get(workload).get(client)])));
});
const facts = {
  node: process.version,
  memcached: execFileSync(process.env.MEMCACHED_BINARY ?? 'memcached', ['-V'], { encoding: 'utf8' }).trim(),
  cpus: cpus().length,
  loadAtEnd: loadavg()[0],
  rounds: options.rounds,
  milliseconds: options.milliseconds,
  warmup: options.warmup,
  pinning,
  versions: versions(),
};
const cores =
  pinning === undefined ? 'not pinned' : `servers on core ${pinning.servers}, clients on core ${pinning.clients}`;
const shown = Object.entries(facts.versions).map(([name, version]) => `${name} ${version}`);
console.log(
  `Node ${facts.node}, ${facts.memcached} with one thread, ${facts.cpus} cores, load ${facts.loadAtEnd.toFixed(1)}; ` +
    `${cores}; medians of ${facts.rounds} rounds of ${facts.milliseconds} ms. ${shown.join(', ')}.`,
);
console.log('Ratios travel between machines, rates do not.\n');
for (const summary of summaries) console.log(`${showWorkload(summary)}\n`);
console.log(showTargets(summaries));

mkdirSync(dirname(options.out), { recursive: true });
const cells = summaries.map(({ workload }) => ({ id: workload.id, rounds: Object.fromEntries(results.get(workload)) }));
writeFileSync(options.out, `${JSON.stringify({ ...facts, summaries, cells }, undefined, 2)}\n`);
console.log(`\nEverything measured is in ${options.out}.`);
