import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { check } from './check.mjs';
import { failToStart } from './showcase-process.mjs';

/** What a person sees at the start, and how it ends. */
export async function failuresAtStart() {
  await check('a port that is in use: one sentence, exit code 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address();
    const { code, output } = await failToStart({ PORT: String(port) });
    other.close();
    assert.equal(code, 1);
    assert.match(output, new RegExp(`Port ${port} is in use by another program`));
    assert.doesNotMatch(output, /\n\s+at /, 'no stack');
  });

  await check('production without a configured cache: the error names the variables, exit code 1', async () => {
    const { code, output } = await failToStart({ PORT: '0', NODE_ENV: 'production' });
    assert.equal(code, 1);
    assert.match(output, /MEMCACHE_SERVERS/);
    assert.doesNotMatch(output, /\n\s+at /, 'no stack');
  });
}

export async function endsCleanly(showcase, signal) {
  await check(`${signal}: ends by itself within two seconds`, async () => {
    const { code, signal: by, ms } = await showcase.stop(signal);
    assert.ok(code === 0 || by === signal, `code ${code}, signal ${by}\n${showcase.output()}`);
    assert.ok(ms < 2000, `took ${ms.toFixed(0)} ms`);
  });
}
