/** The servers the matrix is run against: for each way in, one that gets the fault, its kin, and one that is wrong. */
import type { MemcacheOptions } from '@memkit/core';
import { startMemcached, testCertificates, type RealMemcached, type RealMemcachedOptions } from '@memkit/testing';

export interface WayIn {
  /** Gets the fault. */
  readonly main: RealMemcached;
  /** Holds the other keys of calls over several servers. */
  readonly kin: RealMemcached;
  /** The same with another password, or with a certificate for another name. */
  readonly wrong: RealMemcached | undefined;
  readonly options: MemcacheOptions;
}

export type WayInName = 'plain' | 'tls' | 'sasl' | 'authFile';

const user = { username: 'alice', password: 's3cret' };
const other = { username: 'alice', password: 'another' };
const frugal = { args: ['-t', '1'] };

export async function startWaysIn(): Promise<Record<WayInName, WayIn>> {
  const start = (options: RealMemcachedOptions): Promise<RealMemcached> => startMemcached({ ...frugal, ...options });
  const way = async (
    right: RealMemcachedOptions,
    wrong: RealMemcachedOptions | undefined,
    options: MemcacheOptions,
  ): Promise<WayIn> => {
    const [main, kin] = await Promise.all([start(right), start(right)]);
    return { main, kin, wrong: wrong && (await start(wrong)), options };
  };
  const [plain, tls, sasl, authFile] = await Promise.all([
    way({}, undefined, {}),
    way({ tls: {} }, { tls: { certificate: 'wrongName' } }, { tls: { ca: testCertificates().ca } }),
    way({ sasl: user }, { sasl: other }, { auth: user }),
    way({ authFile: user }, { authFile: other }, { auth: { ...user, mechanism: 'ascii' } }),
  ]);
  return { plain, tls, sasl, authFile };
}

export async function stopWaysIn(ways: Record<WayInName, WayIn>): Promise<void> {
  const servers = Object.values(ways).flatMap(({ main, kin, wrong }) => [main, kin, wrong]);
  await Promise.all(servers.map(async (server) => server?.stop('SIGKILL')));
}
