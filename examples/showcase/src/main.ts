/* The showcase: `npm start` in the root builds and runs it. PORT, HOST and the memcache variables configure it. */
import 'reflect-metadata';
import { isMemcacheError } from '@memkit/core';
import { CacheAccess } from './cache-switch/cache-access.js';
import { createApplication } from './create-application.js';

const port = Number(process.env['PORT'] ?? 3000);
const host = process.env['HOST'] ?? '127.0.0.1';

try {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RangeError(`PORT is "${process.env['PORT'] ?? ''}" and must be a whole number from 0 to 65535.`);
  }
  const app = await createApplication();
  await app.listen(port, host);
  console.log(`\n  Atlas from memory  ${await app.getUrl()}`);
  console.log(`  Cache              ${app.get(CacheAccess).explanation}`);
  console.log(`  Stop               Ctrl+C\n`);
} catch (error) {
  console.error(`\n  The showcase cannot start. ${explain(error)}\n`);
  process.exit(1);
}

function explain(error: unknown): string {
  if (isMemcacheError(error) || error instanceof RangeError) return error.message;
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return `Port ${String(port)} is in use by another program. Choose another one: PORT=${String(port + 1)} npm start`;
  }
  if (code === 'EACCES') return `Port ${String(port)} needs more rights. Choose one above 1023: PORT=3000 npm start`;
  return error.stack ?? error.message;
}
