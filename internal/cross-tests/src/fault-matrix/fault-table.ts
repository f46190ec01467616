/** The matrix of faults: what each does to a server, and what each command then gives. */
import type { ErrorName } from '@memkit/protocol';
import type { CommandName } from './matrix-command.js';
import {
  killedUnderLoad,
  played,
  stoppedProcess,
  swallowedSyn,
  unresolvedName,
  wrongServer,
  type SceneBuilder,
} from './scene.js';
import type { WayInName } from './way-in.js';

export type MatrixProtocol = 'meta' | 'text' | 'binary';
export const PROTOCOLS = ['meta', 'text', 'binary'] as const satisfies readonly MatrixProtocol[];

export interface Verdict {
  /** With what it may fail; none: it must succeed. For `getMany`: with what the keys of this server fail. */
  readonly codes: readonly ErrorName[];
  /** Whether it may succeed. */
  readonly maySucceed: boolean;
}

export interface MatrixFault {
  readonly title: string;
  readonly build: SceneBuilder;
  /** Whether the client is connected when the fault begins. */
  readonly isWarm: boolean;
  /** The timeout of the client. */
  readonly timeoutMs: number;
  /** Whether the server still has its items afterwards. */
  readonly keepsItems: boolean;
  readonly wayIn: (protocol: MatrixProtocol) => WayInName;
  readonly verdict: (command: CommandName) => Verdict;
}

const fails = (...codes: ErrorName[]): Verdict => ({ codes, maySucceed: false });
const mayFail = (...codes: ErrorName[]): Verdict => ({ codes, maySucceed: true });
const succeeds: Verdict = { codes: [], maySucceed: true };
const plain = (): WayInName => 'plain';

type Row = Partial<MatrixFault> & Pick<MatrixFault, 'build'> & { readonly gives: Verdict | MatrixFault['verdict'] };

const rows: Record<string, Row> = {
  // The slowest first: all cells are started in this order, a few at a time.
  'SIGSTOP for 5 s': { build: stoppedProcess, gives: fails('TIMEOUT') },
  'black hole': { build: swallowedSyn, isWarm: false, gives: fails('TIMEOUT') },
  'kill -9 under load, then restart on the same port': {
    build: killedUnderLoad,
    keepsItems: false,
    gives: fails('CONNECTION_LOST', 'CONNECT_FAILED'),
  },
  'connection refused': { build: played('refuse'), isWarm: false, gives: fails('CONNECT_FAILED') },
  'accept, then silence': { build: played('silence'), isWarm: false, gives: fails('TIMEOUT') },
  'silence of a server that answered before': { build: played('silence'), gives: fails('TIMEOUT') },
  'FIN before the reply': { build: played('fin-before-reply'), gives: fails('CONNECTION_LOST') },
  'FIN inside a reply': { build: played('fin-inside-reply'), gives: fails('CONNECTION_LOST') },
  RST: { build: played('reset'), gives: fails('CONNECTION_LOST') },
  'one byte every 100 ms': { build: played('trickle'), gives: fails('TIMEOUT') },
  'half a header': { build: played('half-header'), gives: fails('TIMEOUT') },
  garbage: { build: played('garbage'), gives: fails('UNEXPECTED_REPLY', 'CONNECTION_LOST') },
  // Where nothing in a reply says what it answers (HD, STORED), the stray one and the true one are the same.
  'reply for a request never made, before the true one': {
    build: played('stray-before'),
    gives: mayFail('UNEXPECTED_REPLY', 'CONNECTION_LOST'),
  },
  'reply for a request never made, behind the true one': {
    build: played('stray-behind'),
    gives: mayFail('UNEXPECTED_REPLY', 'CONNECTION_LOST'),
  },
  'TLS stall': { build: played('stall'), wayIn: () => 'tls', isWarm: false, gives: fails('TIMEOUT') },
  'TLS wrong name': { build: wrongServer, wayIn: () => 'tls', isWarm: false, gives: fails('TLS_FAILED') },
  'wrong password': {
    build: wrongServer,
    wayIn: (protocol) => (protocol === 'binary' ? 'sasl' : 'authFile'),
    isWarm: false,
    gives: fails('AUTH_FAILED'),
  },
  'DNS failure': { build: unresolvedName, isWarm: false, gives: fails('CONNECT_FAILED') },
  'server full': {
    build: played('server-full'),
    gives: (command) => (command === 'set' || command === 'increment' ? fails('SERVER_ERROR') : succeeds),
  },
  'item too large': {
    build: played('too-large'),
    gives: (command) => (command === 'set' ? fails('ITEM_TOO_LARGE') : succeeds),
  },
};

/** Where the deadline is what ends the wait. */
const SHORT_MS = 300;
/** Where the fault shows at once, so that a busy machine is not taken for a silent server. */
const LONG_MS = 1500;

export const FAULTS: readonly MatrixFault[] = Object.entries(rows).map(([title, { gives, ...row }]) => ({
  title,
  timeoutMs: typeof gives !== 'function' && gives.codes.includes('TIMEOUT') ? SHORT_MS : LONG_MS,
  isWarm: true,
  keepsItems: true,
  wayIn: plain,
  verdict: typeof gives === 'function' ? gives : () => gives,
  ...row,
}));
