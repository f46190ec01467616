/** `npx @memkit/server`: options -> a server until a signal or `shutdown`. Standard output has the variables only, one a line. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMemcacheError } from '@memkit/protocol';
import { createServer, type MemcacheServer } from '../memcache-server.js';
import { COMPATIBLE_VERSION } from '../server-facts.js';
import type { ServerFailureMessage } from '../telemetry/channels.js';
import { readOptions } from './given-options.js';
import { helpText } from './help-text.js';
import { planServer, type PlannedServer } from './server-of-options.js';
import { shellQuote } from './shell-quote.js';

/** What the command needs of `process`. */
export interface CommandSurroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  once(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  off(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}

const ENDED = 0;
const CANNOT_LISTEN = 1;
const BAD_OPTIONS = 2;

/**
 * Runs the command until SIGINT or SIGTERM, or until a client sends `shutdown` with -A.
 * @param args without `node` and the name of the script
 * @returns the exit code
 */
export async function runCommandLine(args: readonly string[], surroundings: CommandSurroundings): Promise<number> {
  const { stdout, stderr } = surroundings;
  try {
    const given = readOptions(args);
    if (given.has('help')) stdout.write(helpText());
    else if (given.has('version')) stdout.write(`memkit-server ${ownVersion()} (memcached ${COMPATIBLE_VERSION})\n`);
    else await serve(planServer(given, surroundings.env), given.has('verbose'), surroundings);
    return ENDED;
  } catch (error) {
    if (!isMemcacheError(error)) throw error;
    stderr.write(`${error.message}\n`);
    return error.code === 'MEMCACHE_CONNECT_FAILED' ? CANNOT_LISTEN : BAD_OPTIONS;
  }
}

async function serve(plan: PlannedServer, isVerbose: boolean, surroundings: CommandSurroundings): Promise<void> {
  const say = (text: string): void => void surroundings.stderr.write(`${text}\n`);
  const { promise: shutdown, resolve: onShutdown } = withResolver();
  const server = createServer({ ...plan.options, ...(plan.hasShutdown ? { onShutdown } : {}) });
  const ended = untilSignal(surroundings);
  const tellFailure = (message: unknown): void => {
    const { command, error } = message as ServerFailureMessage;
    say(`${command ?? 'A connection'} failed: ${error instanceof Error ? error.message : String(error)}`);
  };
  await server.listen().catch((error: unknown) => {
    ended.forget();
    throw error;
  });
  const certificate = keepCertificate(server);
  if (isVerbose) {
    subscribe('memkit:server:failure', tellFailure);
    for (const option of plan.leftAlone) say(`${option} changes nothing here.`);
  }
  say(
    `memkit-server ${ownVersion()} listens on ${server.address?.url ?? ''}, as memcached ${plan.options.version ?? COMPATIBLE_VERSION}. ` +
      'For development and tests, not a production cache.',
  );
  for (const line of variableLines(server, plan, certificate?.file)) surroundings.stdout.write(`${line}\n`);
  if (plan.users?.file !== undefined) say(`The password stands in ${plan.users.file}.`);
  await Promise.race([ended.promise, shutdown]);
  ended.forget();
  await server.close();
  certificate?.remove();
  if (isVerbose) unsubscribe('memkit:server:failure', tellFailure);
}

/** The first signal ends the server in order; from the second on, signals do what they do without us. */
function untilSignal(surroundings: CommandSurroundings): { readonly promise: Promise<void>; forget(): void } {
  const { promise, resolve } = withResolver();
  const forget = (): void => {
    surroundings.off('SIGINT', onSignal);
    surroundings.off('SIGTERM', onSignal);
  };
  const onSignal = (): void => {
    forget();
    resolve();
  };
  surroundings.once('SIGINT', onSignal);
  surroundings.once('SIGTERM', onSignal);
  return { promise, forget };
}

function withResolver(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** A password that does not stand on the command line is not printed either. */
function variableLines(server: MemcacheServer, plan: PlannedServer, certificateFile: string | undefined): string[] {
  const variables = Object.entries(server.environment ?? {}).filter(
    ([name]) => !name.endsWith('_PASSWORD') || plan.users?.file === undefined,
  );
  // Node.js reads it at its start: the one way to trust a certificate by a variable.
  if (certificateFile !== undefined) variables.push(['NODE_EXTRA_CA_CERTS', certificateFile]);
  return variables.map(([name, value]) => `${name}=${shellQuote(value)}`);
}

function keepCertificate(server: MemcacheServer): { readonly file: string; remove(): void } | undefined {
  if (server.certificate === undefined) return undefined;
  const directory = mkdtempSync(join(tmpdir(), 'memkit-server-'));
  const file = join(directory, 'certificate.pem');
  writeFileSync(file, server.certificate);
  return {
    file,
    remove: () => {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function ownVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
