/* The showcase: `npm start` in the root builds and runs it. PORT, HOST and the memcache variables configure it. */
import 'reflect-metadata';
import { CacheAccess } from './cache-switch/cache-access.js';
import { createApplication } from './create-application.js';
import { explainListenError, readListenAddress } from './listen-address.js';

try {
  const address = readListenAddress(process.env);
  const app = await createApplication();
  await app.listen(address.port, address.host).catch((error: unknown) => {
    throw new Error(explainListenError(error, address), { cause: error });
  });
  console.log(`\n  Atlas from memory  ${await app.getUrl()}`);
  console.log(`  Cache              ${app.get(CacheAccess).explanation}`);
  console.log(`  Stop               Ctrl+C\n`);
} catch (error) {
  console.error(`\n  The showcase cannot start. ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
