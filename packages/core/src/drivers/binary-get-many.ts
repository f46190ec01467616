/** Many keys at once on the binary protocol. */
import type { MemcacheError } from '@memkit/protocol';
import {
  binaryOpcodes,
  binaryStatus,
  writeBinaryGet,
  writeBinaryGetKeyQuiet,
  writeBinaryNoop,
  type BinaryReply,
  type ByteWriter,
} from '@memkit/protocol/internal';
import { BinaryRequest } from './binary-requests.js';
import type { DriverSession } from './driver-session.js';
import { noClusterConfiguration } from './no-cluster-configuration.js';
import { needsMore, type FoundItems, type WireItem } from './protocol-driver.js';

/**
 * A quiet get for each key and a noop that closes them: hits are answered in order, misses not at all. The opaque of a
 * key is its place, behind the opaque of the whole request.
 *
 *   getkq k0 #7·0 | getkq k1 #7·1 | getkq k2 #7·2 | noop #7
 *   reply k0 #7·0 |                 reply k2 #7·2 | noop #7
 */
export class BinaryGetMany extends BinaryRequest<FoundItems> {
  readonly #keys: readonly string[];
  readonly #items: (WireItem | undefined)[];
  #failure: MemcacheError | undefined;

  constructor(keys: readonly string[], session: DriverSession) {
    super('getMany', binaryOpcodes.noop, '', session);
    this.#keys = keys;
    this.#items = new Array<WireItem | undefined>(keys.length).fill(undefined);
  }

  encode(writer: ByteWriter): void {
    let opaque = this.#firstOpaque();
    for (const key of this.#keys) {
      writeBinaryGetKeyQuiet(writer, key, opaque);
      opaque += 1;
    }
    writeBinaryNoop(writer, this.opaque);
  }

  override decode(reply: unknown): FoundItems | typeof needsMore {
    // The reply comes from this driver's own parser; the seam calls it unknown because each driver has its own type.
    const binary = reply as BinaryReply;
    if (binary.opcode !== binaryOpcodes.getKeyQuiet) return super.decode(reply);
    return this.#readItem(binary.opaque - this.#firstOpaque(), binary);
  }

  protected read(reply: BinaryReply): FoundItems {
    if (reply.status !== binaryStatus.success) throw this.failure(reply);
    if (this.#failure !== undefined) throw this.#failure;
    return this.#items;
  }

  #readItem(place: number, reply: BinaryReply): typeof needsMore {
    const key = this.#keys[place];
    const isOther = reply.status === binaryStatus.success && reply.key !== key;
    if (key === undefined || isOther) throw this.outOfStep(reply, binaryOpcodes.getKeyQuiet, this.#firstOpaque());
    if (reply.status === binaryStatus.success) {
      this.#items[place] = { data: reply.data, flags: reply.flags, cas: 0n };
    } else if (reply.status !== binaryStatus.keyNotFound) {
      const failure = this.failure(reply);
      // A server that wants a login hangs up behind its refusal; any other error is followed by the rest and the noop.
      if (reply.status === binaryStatus.authFailed) throw failure;
      this.#failure ??= failure;
    }
    return needsMore;
  }

  /** Sixteen bits for the place of a key: requests are cut at 16 KiB, which is far below 65,536 keys. */
  #firstOpaque(): number {
    return this.opaque * 0x1_0000;
  }
}

/** ElastiCache keeps the configuration under this key for clients without `config get` (its documentation, "Auto Discovery"). */
const CONFIGURATION_KEY = 'AmazonElastiCache:cluster';

export class BinaryClusterConfiguration extends BinaryRequest<string> {
  constructor(session: DriverSession) {
    super('clusterConfiguration', binaryOpcodes.get, '', session);
  }

  encode(writer: ByteWriter): void {
    writeBinaryGet(writer, CONFIGURATION_KEY, this.opaque);
  }

  protected read(reply: BinaryReply): string {
    if (reply.status === binaryStatus.success) return reply.data.toString('utf8');
    if (reply.status !== binaryStatus.keyNotFound) throw this.failure(reply);
    throw noClusterConfiguration(this.facts());
  }
}
