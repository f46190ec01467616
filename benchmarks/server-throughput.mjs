/**
 * The embedded server beside a real memcached of one thread, under the same load: prebuilt requests out, reply bytes
 * counted. Each cell (server, workload, round) runs its load in a process of its own; rounds are interleaved, so that
 * what the machine does meanwhile meets both.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname } from 'node:path';
import { pinServers } from './pinning.mjs';
import { runCalmCell } from './run-cell.mjs';
import { readServerOptions } from './server-options.mjs';
import { showServers, summarizeServers } from './server-report.mjs';
import { startBothServers } from './both-servers.mjs';
import { measureStalls } from './server-stall.mjs';

const options = readServerOptions(process.argv.slice(2));
if (options.isStall) {
  await measureStalls(options);
  process.exit(0);
}
const pinning = options.isPinned ? pinServers() : undefined;
const servers = await startBothServers();
const results = new Map(options.workloads.map((workload) => [workload, { memcached: [], memkit: [] }]));
const startedAt = performance.now();
try {
  for (let round = 0; round < options.rounds; round += 1) {
    for (const workload of options.workloads) {
      const order = round % 2 === 0 ? ['memcached', 'memkit'] : ['memkit', 'memcached'];
      for (const name of order) {
        const { address, pid } = servers[name];
        const { warmup, milliseconds } = options;
        const raw = { protocol: workload.protocol, reusesBuffer: true };
        const cell = { client: 'raw', raw, workload, servers: [address], serverPid: pid, warmup, milliseconds };
        results.get(workload)[name].push(await runCalmCell(cell, pinning));
      }
    }
    console.error(`round ${round + 1} of ${options.rounds}: ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
  }
} finally {
  await servers.stop();
}

const summaries = options.workloads.map((workload) => summarizeServers(workload, results.get(workload)));
const cores =
  pinning === undefined ? 'not pinned' : `servers on core ${pinning.servers}, the load on core ${pinning.clients}`;
const facts = {
  node: process.version,
  memcached: servers.memcached.version,
  cpus: cpus().length,
  loadAtEnd: loadavg()[0],
  rounds: options.rounds,
  milliseconds: options.milliseconds,
  warmup: options.warmup,
  pinning,
};
console.log(
  `Node ${facts.node}, memcached ${facts.memcached} with one thread, ${facts.cpus} cores, ` +
    `load ${facts.loadAtEnd.toFixed(1)}; ${cores}; medians of ${facts.rounds} rounds of ${facts.milliseconds} ms.`,
);
console.log('Ratios travel between machines, rates do not.\n');
console.log(showServers(summaries));

mkdirSync(dirname(options.out), { recursive: true });
const cells = [...results].map(([{ id }, rounds]) => ({ id, rounds }));
writeFileSync(options.out, `${JSON.stringify({ ...facts, summaries, cells }, undefined, 2)}\n`);
console.log(`\nEverything measured is in ${options.out}.`);
