import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { startMemcached } from '@memkit/testing';

const PROGRAM = join(import.meta.dirname, 'embedded-server.mjs');
/** One thread, memory for all values, and more connections than any workload opens. */
const ARGS = ['-t', '1', '-m', '1024', '-c', '4096'];

/** A memcached and the embedded server, each in its own process. */
export async function startBothServers() {
  const memcached = await startMemcached({ args: ARGS });
  // Flags of this process count for the server: --cpu-prof, or those that run packages from their sources.
  const child = spawn(process.execPath, [...process.execArgv, PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  const address = `127.0.0.1:${Number(line.toString())}`;
  return {
    memcached: { address: memcached.address, ...(await askStats(memcached.address)) },
    memkit: { address, ...(await askStats(address)) },
    async stop() {
      const isGone = once(child, 'exit');
      child.stdin.end();
      await Promise.all([isGone, memcached.stop()]);
    },
  };
}

async function askStats(address) {
  const socket = connect(Number(address.split(':')[1]), '127.0.0.1');
  socket.write('stats\r\nquit\r\n');
  let text = '';
  for await (const chunk of socket) text += chunk;
  const valueOf = (name) => new RegExp(`STAT ${name} (\\S+)`).exec(text)?.[1];
  return { pid: Number(valueOf('pid')), version: valueOf('version') };
}
