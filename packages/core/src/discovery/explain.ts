import type { Discovery } from './discover-servers.js';
import type { ListedServer } from './connection-url.js';
import { showServer } from '../options/server-address.js';
import type { ProtocolChoice } from '../options/memcache-options.js';

/** Where a client's configuration came from. Holds no credentials. */
export interface Explanation {
  /** `host:port` of each server; `['embedded']` for the embedded one. */
  readonly servers: readonly string[];
  /** Who gave the servers: `option "servers"`, the name of a variable, or where none was found. */
  readonly source: string;
  readonly protocol: 'meta' | 'binary';
  /** Whether credentials are sent. */
  readonly authenticated: boolean;
  /** Whether the items live in this process, because no server was configured. */
  readonly embedded: boolean;
  /** Settings that were found and are not used, each with the reason. */
  readonly ignored: readonly string[];
  /** Why this protocol. */
  readonly reason: string;
  /** Everything above as one sentence. */
  toString(): string;
}

/** The protocol of one server: credentials travel by SASL, which only the binary protocol has. */
export function chooseProtocol(choice: ProtocolChoice, authenticated: boolean): 'meta' | 'binary' {
  if (choice !== 'auto') return choice;
  return authenticated ? 'binary' : 'meta';
}

/** The name by which messages and statistics call the embedded server. */
export const EMBEDDED_NAME = 'embedded';

export function explain(discovery: Discovery, choice: ProtocolChoice): Explanation {
  const { servers, source, ignored } = discovery;
  const authenticated = servers.some((server: ListedServer) => server.auth !== undefined);
  const embedded = servers.length === 0;
  const protocol = chooseProtocol(choice, authenticated);
  const facts = {
    servers: embedded ? [EMBEDDED_NAME] : servers.map(showServer),
    source,
    protocol,
    authenticated,
    embedded,
    ignored,
    reason: reasonFor(choice, authenticated),
  };
  // Not enumerable: a plain object for JSON, spreading and comparison.
  return Object.defineProperty(facts, 'toString', { value: () => sentence(facts) });
}

function reasonFor(choice: ProtocolChoice, authenticated: boolean): string {
  if (choice !== 'auto') return `option "protocol" says ${choice}`;
  return authenticated ? 'credentials need SASL, which the binary protocol has' : 'there are no credentials';
}

type Facts = Omit<Explanation, 'toString'>;

function sentence({ servers, source, protocol, authenticated, embedded, ignored, reason }: Facts): string {
  const where = embedded ? `The embedded server in this process (${source})` : `${servers.join(', ')} (from ${source})`;
  const credentials = authenticated ? ' with credentials' : '';
  const rest = ignored.length === 0 ? '' : ` Ignored: ${ignored.join('; ')}.`;
  return `${where}, ${protocol} protocol${credentials} because ${reason}.${rest}`;
}
