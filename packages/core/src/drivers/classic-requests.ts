/** Classic requests that a meta connection makes too: many keys at once, and everything about the server itself. */
import {
  writeTextConfigGet,
  writeTextFlushAll,
  writeTextGet,
  writeTextStats,
  writeTextVersion,
  type ByteWriter,
  type TextReply,
} from '@memkit/protocol/internal';
import type { DriverSession } from './driver-session.js';
import { LineRequest } from './line-request.js';
import { noClusterConfiguration } from './no-cluster-configuration.js';
import { needsMore, type FoundItems, type WireItem } from './protocol-driver.js';
import { RequestedItems } from './requested-items.js';

/**
 * `get k1 … kn`: memcached 1.6.18 needs 63 µs for 100 keys in one line and 100 µs for 100 `mg`. The keys in the answer
 * take the place of an opaque.
 */
export class ClassicGetMany extends LineRequest<FoundItems> {
  readonly #keys: readonly string[];
  readonly #requested: RequestedItems;

  constructor(keys: readonly string[], session: DriverSession) {
    super('getMany', '', session);
    this.#keys = keys;
    this.#requested = new RequestedItems(keys);
  }

  get goesOnBehindErrors(): boolean {
    return this.#keys.length > 1 && this.session.goesOnBehindErrors;
  }

  encode(writer: ByteWriter): void {
    writeTextGet(writer, 'get', this.#keys);
  }

  protected read(reply: TextReply): FoundItems | typeof needsMore {
    this.session.answering = undefined;
    if (reply.code === 'END') return this.#requested.items;
    // A VALUE reply has exactly the three fields of an item.
    const isItem = reply.code === 'VALUE' && reply.data !== undefined;
    if (!isItem || !this.#requested.put(reply.text, reply as TextReply & WireItem)) throw this.failure(reply);
    // The parser takes the rest by itself while it comes in order.
    this.session.answering = this.#requested;
    return needsMore;
  }
}

export class ClassicStats extends LineRequest<Record<string, string>> {
  readonly #group: string;
  readonly #stats: Record<string, string> = Object.create(null) as Record<string, string>;

  constructor(group: string, session: DriverSession) {
    super('stats', '', session);
    this.#group = group;
  }

  encode(writer: ByteWriter): void {
    writeTextStats(writer, this.#group);
  }

  protected read(reply: TextReply): Record<string, string> | typeof needsMore {
    if (reply.code === 'END' || reply.code === 'RESET') return { ...this.#stats };
    if (reply.code !== 'STAT') throw this.failure(reply);
    const space = reply.text.indexOf(' ');
    const name = space < 0 ? reply.text : reply.text.slice(0, space);
    this.#stats[name] = space < 0 ? '' : reply.text.slice(space + 1);
    return needsMore;
  }
}

export class ClassicVersion extends LineRequest<string> {
  encode(writer: ByteWriter): void {
    writeTextVersion(writer);
  }

  protected read(reply: TextReply): string {
    if (reply.code !== 'VERSION') throw this.failure(reply);
    return reply.text;
  }
}

export class ClassicFlush extends LineRequest<void> {
  encode(writer: ByteWriter): void {
    writeTextFlushAll(writer);
  }

  protected read(reply: TextReply): void {
    if (reply.code !== 'OK') throw this.failure(reply);
  }
}

/** Answered by one CONFIG block and END; a server that is no ElastiCache endpoint answers ERROR. */
export class ClusterConfiguration extends LineRequest<string> {
  #configuration: string | undefined;

  encode(writer: ByteWriter): void {
    writeTextConfigGet(writer);
  }

  protected read(reply: TextReply): string | typeof needsMore {
    if (reply.code === 'CONFIG' && reply.data !== undefined && this.#configuration === undefined) {
      this.#configuration = reply.data.toString('utf8');
      return needsMore;
    }
    if (reply.code === 'END' && this.#configuration !== undefined) return this.#configuration;
    // "ERROR", or nothing but END: any other memcached.
    if ((reply.code === 'ERROR' && reply.text === '') || reply.code === 'END')
      throw noClusterConfiguration(this.facts());
    throw this.failure(reply);
  }
}
