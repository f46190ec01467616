import type { ProtocolChoice } from '../options/memcache-options.js';
import { showServer } from '../options/server-address.js';
import type { Discovery } from './discover-servers.js';

/** Where a client's configuration came from. Holds no credentials. */
export interface Explanation {
  /** `host:port` of each server, the path of a Unix socket; `['embedded']` for the embedded one. */
  readonly servers: readonly string[];
  /** Who gave the servers: `option "servers"`, the name of a variable or service, or where none was found. */
  readonly source: string;
  /** `'auto'`: chosen at each connection; `reason` says by what. */
  readonly protocol: ProtocolChoice;
  /** Whether credentials are sent. */
  readonly authenticated: boolean;
  /** Whether any server is spoken to by TLS. */
  readonly tls: boolean;
  /** Whether the items live in this process, because no server was configured. */
  readonly embedded: boolean;
  /** Settings that were found and are not used, each with the reason. */
  readonly ignored: readonly string[];
  /** Why this protocol, or how it will be chosen. */
  readonly reason: string;
  /** Everything above as one sentence. */
  toString(): string;
}

/** The name by which messages and statistics call the embedded server. */
export const EMBEDDED_NAME = 'embedded';

export function explain(discovery: Discovery, protocol: ProtocolChoice): Explanation {
  const { servers, source, ignored } = discovery;
  const authenticated = servers.some(({ auth }) => auth !== undefined);
  const embedded = servers.length === 0;
  const facts = {
    servers: embedded ? [EMBEDDED_NAME] : servers.map(showServer),
    source,
    protocol,
    authenticated,
    tls: servers.some(({ tls }) => tls),
    embedded,
    ignored,
    reason: reasonFor(protocol, authenticated),
  };
  // Not enumerable: a plain object for JSON, spreading and comparison.
  return Object.defineProperty(facts, 'toString', { value: () => sentence(facts) });
}

function reasonFor(protocol: ProtocolChoice, authenticated: boolean): string {
  if (protocol !== 'auto') return `option "protocol" says ${protocol}`;
  return authenticated
    ? 'with credentials: binary after a SASL login, meta or text after a login by text'
    : 'without credentials: meta, or text where meta is not spoken';
}

type Facts = Omit<Explanation, 'toString'>;

function sentence({ servers, source, protocol, authenticated, tls, embedded, ignored, reason }: Facts): string {
  const where = embedded ? `The embedded server in this process (${source})` : `${servers.join(', ')} (from ${source})`;
  const extras = [...(authenticated ? ['credentials'] : []), ...(tls ? ['TLS'] : [])].join(' and ');
  const rest = ignored.length === 0 ? '' : ` Ignored: ${ignored.join('; ')}.`;
  return `${where}${extras && ` with ${extras}`}, protocol ${protocol} (${reason}).${rest}`;
}
