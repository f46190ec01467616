// The embedded server in a process of its own: node watched-server.mjs <bytes of memory>. Prints its port; for each line
// it reads, what its event loop did since the last one; ends with the process that started it.
import { createInterface } from 'node:readline';
import { createServer } from '@memkit/server';
import { LoopWatch } from './loop-watch.mjs';

const server = createServer({ memory: Number(process.argv[2]) });
const { port } = await server.listen();
const watch = new LoopWatch();
process.stdout.write(`${port}\n`);
createInterface(process.stdin)
  .on('line', () => {
    const { rss, heapUsed } = process.memoryUsage();
    const { curr_items: items, bytes } = server.stats();
    process.stdout.write(
      `${JSON.stringify({ ...watch.take(), rss, heapUsed, items: Number(items), bytes: Number(bytes) })}\n`,
    );
  })
  .once('close', () => process.exit(0));
