/** One server for the tests of a file, whatever runs them: started before all, empty before each, closed after all. */
import type { Duplex } from 'node:stream';
import { MemcacheError } from '@memkit/protocol';
import type { ListeningAddress } from '../doors/listening-address.js';
import type { ServerEnvironment } from '../doors/server-environment.js';
import type { FaultPlan } from '../faults/fault-plan.js';
import { createServer, type MemcacheServer } from '../memcache-server.js';
import type { CallRecorder } from '../recorder/call-recorder.js';
import type { ServerOptions } from '../server-options.js';

/** What a test asks of its server; made by `useMemcacheServer()`. */
export interface TestServer {
  /** `127.0.0.1:port`, or what else clients take as a server; inside tests and hooks. */
  readonly url: string;
  /** `MEMCACHE_SERVERS` and, with users, the first one's name and password; inside tests and hooks. */
  readonly environment: ServerEnvironment;
  /** Host, port and path; inside tests and hooks. */
  readonly address: ListeningAddress;
  /** What shall go wrong, until the test ends. */
  readonly faults: FaultPlan;
  /** What was asked of the server in this test; the last 10,000 calls unless `recordCalls` says otherwise. */
  readonly calls: CallRecorder;
  /** A connection inside the process, without the port. */
  connect(): Duplex;
  /** The server itself, for everything else. */
  readonly server: MemcacheServer;
}

/** Speed does not count in a test, and what was asked is what tests look at. */
const RECORDED_CALLS = 10_000;

/** What a test runner offers to run something around tests. */
export interface TestHooks {
  beforeAll(run: () => Promise<void>): unknown;
  beforeEach(run: () => void): unknown;
  afterAll(run: () => Promise<void>): unknown;
}

export function useTestServer(hooks: TestHooks, options: ServerOptions): TestServer {
  const server = createServer({ recordCalls: RECORDED_CALLS, ...options });
  hooks.beforeAll(async () => {
    await server.listen();
  });
  hooks.beforeEach(() => {
    server.faults.clear();
    server.flush();
    if (server.calls.isRecording) server.calls.clear();
  });
  hooks.afterAll(() => server.close());
  return {
    server,
    faults: server.faults,
    calls: server.calls,
    connect: () => server.connect(),
    get address() {
      return orTooEarly(server.address, 'address');
    },
    get url() {
      return orTooEarly(server.address, 'url').url;
    },
    get environment() {
      return orTooEarly(server.environment, 'environment');
    },
  };
}

function orTooEarly<Value>(value: Value | undefined, name: string): Value {
  if (value !== undefined) return value;
  throw new MemcacheError('NOT_CONFIGURED', {
    action: `Cannot read ${name} of the test server`,
    detail: 'it is not listening: it starts before the tests of the file and closes after them',
    hint: `Read ${name} inside a test, or inside a hook that runs after that of useMemcacheServer().`,
  });
}
