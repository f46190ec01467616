/** Commands on a whole server instead of a key. They are sent to each server, so no router looks at them. */
import type { ProtocolDriver, Sendable, WireRequest } from '../drivers/protocol-driver.js';

export class VersionCommand implements Sendable<string> {
  readonly name = 'version';
  readonly key = '';
  readonly bytes = 0;

  request(driver: ProtocolDriver): WireRequest<string> {
    return driver.version();
  }
}

export class StatsCommand implements Sendable<Record<string, string>> {
  readonly name = 'stats';
  readonly key = '';
  readonly bytes = 0;
  readonly #group: string;

  /** @param group `''`: the general statistics */
  constructor(group: string) {
    this.#group = group;
  }

  request(driver: ProtocolDriver): WireRequest<Record<string, string>> {
    return driver.stats(this.#group);
  }
}

export class FlushCommand implements Sendable<void> {
  readonly name = 'flush';
  readonly key = '';
  readonly bytes = 0;

  request(driver: ProtocolDriver): WireRequest<void> {
    return driver.flush();
  }
}

export class ClusterConfigurationCommand implements Sendable<string> {
  readonly name = 'clusterConfiguration';
  readonly key = '';
  readonly bytes = 0;

  request(driver: ProtocolDriver): WireRequest<string> {
    return driver.clusterConfiguration();
  }
}
