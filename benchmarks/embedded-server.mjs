// The embedded server in a process of its own: prints its port, and ends with the process that started it.
import { createServer } from '@memkit/server';

const server = createServer({ memory: 1024 * 1024 * 1024 });
const { port } = await server.listen();
process.stdout.write(`${port}\n`);
process.stdin.once('close', () => process.exit(0)).resume();
