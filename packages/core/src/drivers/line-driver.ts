import { TextReplyParser } from '@memkit/protocol/internal';
import {
  ClassicFlush,
  ClassicGetMany,
  ClassicStats,
  ClassicVersion,
  ClusterConfiguration,
} from './classic-requests.js';
import { DriverSession, type DriverSessionOptions } from './driver-session.js';
import type { FoundItems, ReplyParser, WireRequest } from './protocol-driver.js';

/** What connections that speak in lines have in common: classic commands for many keys and for the server itself. */
export abstract class LineDriver {
  protected readonly session: DriverSession;

  /** @param server `host:port`, for messages */
  constructor(server: string, options: DriverSessionOptions) {
    this.session = new DriverSession(server, options);
  }

  getMany(keys: readonly string[]): WireRequest<FoundItems> {
    return new ClassicGetMany(keys, this.session);
  }

  stats(group: string): WireRequest<Record<string, string>> {
    return new ClassicStats(group, this.session);
  }

  version(): WireRequest<string> {
    return new ClassicVersion('version', '', this.session);
  }

  flush(): WireRequest<void> {
    return new ClassicFlush('flush', '', this.session);
  }

  clusterConfiguration(): WireRequest<string> {
    return new ClusterConfiguration('clusterConfiguration', '', this.session);
  }

  createReplyParser(onReply: (reply: unknown) => void): ReplyParser {
    this.session.deliver = onReply;
    return new TextReplyParser(onReply, this.session);
  }
}
