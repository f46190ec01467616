import { connect } from 'node:net';
import { startMemcached } from '@memkit/testing';

const CREDENTIALS = { username: 'benchmark', password: 'benchmark' };
// One thread, so that the server does not take both cores of a small machine; memory for all values without eviction.
const args = ['-t', '1', '-m', '1024'];

/** Starts the memcached processes the workloads need. */
export async function startServers(workloads) {
  const kinds = new Set(workloads.map(({ servers }) => servers));
  const plain = [];
  while (plain.length < (kinds.has('three') ? 3 : kinds.has('one') ? 1 : 0)) plain.push(await startMemcached({ args }));
  const sasl = kinds.has('sasl') ? await startMemcached({ args, sasl: CREDENTIALS }) : undefined;
  return {
    /** What a cell of the workload connects to. */
    of({ servers }) {
      switch (servers) {
        case 'one':
          return { servers: [plain[0].address] };
        case 'three':
          return { servers: plain.map(({ address }) => address) };
        case 'sasl':
          return { servers: [sasl.address], credentials: CREDENTIALS };
        default:
          return { servers: [] };
      }
    },
    /** Takes away what the last cell stored: a client that asks the wrong server must miss. */
    empty: () => Promise.all(plain.map(({ port }) => flush(port))),
    stop: () => Promise.all([...plain, ...(sasl ? [sasl] : [])].map((server) => server.stop())),
  };
}

function flush(port) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.end('flush_all\r\nquit\r\n'));
    socket.resume();
    socket.once('error', reject);
    socket.once('close', resolve);
  });
}
