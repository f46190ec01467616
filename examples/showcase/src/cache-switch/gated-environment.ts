import { CacheGate } from './cache-gate.js';

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_PORT = '11211';

/**
 * The environment with every server's address replaced by that of a gate in front of it. User name, password and
 * protocol stay where they were, so the client finds them as it would without gates.
 *
 * A ring over several servers places keys by the servers' names, and the gates have other names: a key may live on
 * another server than without the showcase. Harmless here, and one more reason not to copy this file.
 *
 * @param variable the one the client reads its servers from, as `explain().source` says
 * @returns `undefined` when an address does not stand in the variable as text, or is that of a Unix socket
 */
export async function gateEnvironment(
  environment: Environment,
  variable: string,
  servers: readonly string[],
): Promise<{ environment: Environment; gates: readonly CacheGate[] } | undefined> {
  let text = environment[variable];
  const hasSocket = servers.some((server) => server.startsWith('/'));
  if (text === undefined || hasSocket) return undefined;
  const gates: CacheGate[] = [];
  for (const server of servers) {
    const separator = server.lastIndexOf(':');
    const [name, port] = [server.slice(0, separator), server.slice(separator + 1)];
    const written = [server, ...(port === DEFAULT_PORT ? [name] : [])].find((address) => text?.includes(address));
    if (written === undefined) {
      await Promise.all(gates.map((gate) => gate.shut()));
      return undefined;
    }
    const gate = new CacheGate({ host: name.replace(/^\[|\]$/g, ''), port: Number(port) });
    await gate.open();
    gates.push(gate);
    text = text.replace(written, gate.address);
  }
  return { environment: { ...environment, [variable]: text }, gates };
}
