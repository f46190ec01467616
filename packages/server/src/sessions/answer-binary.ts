/** One binary request -> its reply, written behind the others of this chunk (proto_bin.c of memcached 1.6.18). */
import {
  binaryOpcodes,
  binaryStatus,
  writeBinaryError,
  writeBinaryReply,
  type BinaryRequest,
  type BinaryStatus,
  type ByteWriter,
  type CasHalves,
} from '@memkit/protocol/internal';
import type { SaslGate, SaslOutcome } from '../accounts/sasl-gate.js';
import { changeCounter, countMissedCounter } from '../handlers/arithmetic.js';
import { deleteItem } from '../handlers/delete.js';
import { fetchItem } from '../handlers/retrieval.js';
import { refuseTooLarge, storeItem, type StoreOutcome } from '../handlers/storage.js';
import { collectStats } from '../handlers/stats/collect-stats.js';
import type { Stat } from '../handlers/stats/stat.js';
import { hasEnd } from '../handlers/stats/sizes.js';
import { switchDetail } from '../handlers/stats/detail.js';
import { touchItem } from '../handlers/touch.js';
import type { ItemStore } from '../store/item-store.js';
import type { AnswerContext } from './answer-context.js';

type Request<Op extends BinaryRequest['op']> = Extract<BinaryRequest, { readonly op: Op }>;

const SASL: readonly number[] = [
  binaryOpcodes.saslListMechanisms,
  binaryOpcodes.saslAuthenticate,
  binaryOpcodes.saslStep,
];
/** What passes the gate without a login. */
const PUBLIC: readonly number[] = [...SASL, binaryOpcodes.version];
/** This exptime means: do not create the counter. */
const NO_CREATION = 0xffff_ffff;

/** `close` when the connection ends behind this request. */
export function answerBinary(
  context: AnswerContext,
  gate: SaslGate,
  request: BinaryRequest,
  writer: ByteWriter,
): 'close' | undefined {
  context.store.log.connection = context.connection.id;
  if (request.op === 'unreadable') {
    context.connection.closeReason = 'error';
    return 'close';
  }
  // memcached checks that the parts fit into the body before it asks who is there, and everything else behind it.
  const isBrokenFrame = request.op === 'malformed' && request.status === binaryStatus.unknownCommand;
  if (!gate.isOpen && !PUBLIC.includes(request.opcode) && !isBrokenFrame) {
    writeBinaryError(writer, request, binaryStatus.authFailed);
    return 'close';
  }
  switch (request.op) {
    case 'malformed':
      if (SASL.includes(request.opcode) && !gate.isRequired && !request.closes) {
        writeBinaryError(writer, request, binaryStatus.unknownCommand);
        return undefined;
      }
      writeBinaryError(writer, request, request.status);
      return request.closes ? 'close' : undefined;
    case 'quit':
      succeed(writer, request);
      return 'close';
    case 'sasl-list':
    case 'sasl-start':
    case 'sasl-step':
      answerSasl(context.store, gate, request, writer);
      return undefined;
    default:
      answerCommand(context, request, writer);
      return undefined;
  }
}

type Command = Exclude<
  BinaryRequest,
  { op: 'unreadable' | 'malformed' | 'quit' | 'sasl-list' | 'sasl-start' | 'sasl-step' }
>;

function answerCommand(context: AnswerContext, request: Command, writer: ByteWriter): void {
  const { store } = context;
  switch (request.op) {
    case 'get':
      answerGet(store, request, writer);
      return;
    case 'store':
      answerStore(store, request, writer);
      return;
    case 'delete':
      answerDelete(store, request, writer);
      return;
    case 'arithmetic':
      answerArithmetic(store, request, writer);
      return;
    case 'flush':
      if (context.facts.disabled.has('flush-all')) {
        writeBinaryError(writer, request, binaryStatus.authFailed);
        return;
      }
      store.stats.count('cmd_flush');
      store.flush(request.exptime);
      succeed(writer, request);
      return;
    case 'stats':
      answerStats(context, request, writer);
      return;
    case 'version':
      writeBinaryReply(writer, { ...frameOf(request), value: context.facts.version });
      return;
    case 'noop':
      succeed(writer, request);
      return;
    case 'too-large':
      refuseTooLarge(store, request.key, request.dropsOldValue);
      writeBinaryError(writer, request, binaryStatus.tooLarge);
      return;
    case 'unknown':
      writeBinaryError(writer, request, binaryStatus.unknownCommand);
      return;
  }
}

function answerGet(store: ItemStore, request: Request<'get'>, writer: ByteWriter): void {
  const { key, withKey, withValue, exptime } = request;
  const item = exptime === undefined ? fetchItem(store, key) : touchItem(store, key, exptime);
  store.prefixes.countGet(key, item !== undefined);
  if (item !== undefined) {
    writeBinaryReply(writer, {
      opcode: request.opcode,
      opaque: request.opaque,
      status: binaryStatus.success,
      cas: item,
      flags: item.flags,
      key: withKey ? key : undefined,
      value: withValue ? item.value : undefined,
    });
  } else if (!request.quiet) {
    // With the key asked for, a miss carries the key in place of the text.
    if (withKey) writeBinaryReply(writer, { ...frameOf(request), status: binaryStatus.keyNotFound, key });
    else writeBinaryError(writer, request, binaryStatus.keyNotFound);
  }
}

function answerStore(store: ItemStore, request: Request<'store'>, writer: ByteWriter): void {
  store.prefixes.countSet(request.key);
  const { key, data, flags, exptime, cas } = request;
  const isConditional = cas !== 0n && store.cas.isEnabled && request.mode !== 'append' && request.mode !== 'prepend';
  const mode = isConditional ? 'cas' : request.mode;
  const result = storeItem(store, { mode, key, data, flags, exptime, cas });
  if (result.outcome === 'stored') succeed(writer, request, result.item);
  else if (result.outcome === 'no-memory') {
    writeBinaryError(writer, request, binaryStatus.outOfMemory, 'Out of memory allocating item');
  } else writeBinaryError(writer, request, storeStatus(result.outcome, mode));
}

function storeStatus(
  outcome: Exclude<StoreOutcome, 'stored' | 'no-memory'>,
  mode: Request<'store'>['mode'] | 'cas',
): BinaryStatus {
  switch (outcome) {
    case 'exists':
      return binaryStatus.keyExists;
    case 'not-found':
      return binaryStatus.keyNotFound;
    case 'not-stored':
      if (mode === 'add') return binaryStatus.keyExists;
      return mode === 'replace' ? binaryStatus.keyNotFound : binaryStatus.notStored;
  }
}

function answerDelete(store: ItemStore, request: Request<'delete'>, writer: ByteWriter): void {
  store.prefixes.countDelete(request.key);
  const outcome = deleteItem(store, request.key, request.cas === 0n ? undefined : request.cas);
  if (outcome === 'deleted') succeed(writer, request);
  else writeBinaryError(writer, request, outcome === 'exists' ? binaryStatus.keyExists : binaryStatus.keyNotFound);
}

function answerArithmetic(store: ItemStore, request: Request<'arithmetic'>, writer: ByteWriter): void {
  const result = changeCounter(store, request);
  switch (result.outcome) {
    case 'done':
      writeCounter(writer, request, result.value, result.item.cas);
      return;
    case 'exists':
      writeBinaryError(writer, request, binaryStatus.keyExists);
      return;
    case 'not-a-number':
      writeBinaryError(writer, request, binaryStatus.notANumber);
      return;
    case 'no-memory':
      writeBinaryError(writer, request, binaryStatus.outOfMemory, 'Out of memory incrementing value');
      return;
    case 'not-found':
      createCounter(store, request, writer);
  }
}

function createCounter(store: ItemStore, request: Request<'arithmetic'>, writer: ByteWriter): void {
  const { key, initial, exptime, direction } = request;
  if (exptime === NO_CREATION) {
    countMissedCounter(store, direction);
    writeBinaryError(writer, request, binaryStatus.keyNotFound);
    return;
  }
  const value = Buffer.from(String(initial), 'latin1');
  const item = store.link({ key, value, flags: 0, expiresAt: store.expiry(exptime) });
  if (item === undefined) {
    writeBinaryError(writer, request, binaryStatus.outOfMemory, 'Out of memory allocating new item');
  } else writeCounter(writer, request, initial, item.cas);
}

function writeCounter(writer: ByteWriter, request: Request<'arithmetic'>, counter: bigint, cas: bigint): void {
  if (request.quiet) return;
  const value = Buffer.alloc(8);
  value.writeBigUInt64BE(counter);
  writeBinaryReply(writer, { ...frameOf(request), cas, value });
}

/** One reply per pair and an empty one behind the last. */
function answerStats(context: AnswerContext, request: Request<'stats'>, writer: ByteWriter): void {
  const [group, command] = request.group.split(' ');
  const stats = group === 'detail' ? detailStats(context, command) : collectStats(context, request.group);
  if (stats === undefined) {
    writeBinaryError(writer, request, binaryStatus.keyNotFound);
    return;
  }
  if (stats !== 'reset') {
    for (const [key, value] of stats) writeBinaryReply(writer, { ...frameOf(request), key, value });
  }
  if (stats === 'reset' || hasEnd(request.group)) writeBinaryReply(writer, frameOf(request));
}

/** The dump is one value; a switch answers nothing but the end. */
function detailStats(context: AnswerContext, command: string | undefined): readonly Stat[] | undefined {
  const lines = switchDetail(context, command);
  if (lines[0]?.startsWith('CLIENT_ERROR') === true) return undefined;
  return command === 'dump' ? [['detailed', `${lines.join('\r\n')}\r\n`]] : [];
}

function answerSasl(
  store: ItemStore,
  gate: SaslGate,
  request: Request<'sasl-list' | 'sasl-start' | 'sasl-step'>,
  writer: ByteWriter,
): void {
  if (!gate.isRequired) {
    writeBinaryError(writer, request, binaryStatus.unknownCommand);
  } else if (request.op === 'sasl-list') {
    writeBinaryReply(writer, { ...frameOf(request), value: gate.listMechanisms() });
  } else {
    const { message, mechanism } = request;
    const outcome = request.op === 'sasl-start' ? gate.start(mechanism, message) : gate.step(message);
    writeSaslOutcome(store, request, outcome, writer);
  }
}

function writeSaslOutcome(store: ItemStore, request: BinaryRequest, outcome: SaslOutcome, writer: ByteWriter): void {
  if (outcome === 'continue') {
    writeBinaryReply(writer, { ...frameOf(request), status: binaryStatus.authContinue });
    return;
  }
  store.stats.count('auth_cmds');
  if (outcome === 'authenticated') {
    writeBinaryReply(writer, { ...frameOf(request), value: 'Authenticated' });
  } else {
    store.stats.count('auth_errors');
    writeBinaryError(writer, request, binaryStatus.authFailed);
  }
}

function frameOf({ opcode, opaque }: BinaryRequest): { readonly opcode: number; readonly opaque: number } {
  return { opcode, opaque };
}

function succeed(writer: ByteWriter, request: BinaryRequest, cas?: CasHalves): void {
  if (request.quiet) return;
  writeBinaryReply(writer, {
    opcode: request.opcode,
    opaque: request.opaque,
    status: binaryStatus.success,
    cas,
    flags: undefined,
    key: undefined,
    value: undefined,
  });
}
