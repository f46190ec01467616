import type { ListedServer } from '../discovery/connection-url.js';
import type { ServerHealth } from './server-health.js';
import type { ServerLink } from './server-link.js';

/** One server as the router sees it. The object stays the same for as long as the server is in the list. */
export class RoutedServer {
  listed: ListedServer;
  readonly link: ServerLink;
  readonly health: ServerHealth;
  /** No longer in the list: what is under way finishes, nothing new is sent. */
  isRemoved = false;
  #noted = -1;

  constructor(listed: ListedServer, link: ServerLink, health: ServerHealth) {
    this.listed = listed;
    this.link = link;
    this.health = health;
  }

  /** Whether this is the first to tell of the connection that ended last: it counts once, whatever was on it. */
  noteLoss(): boolean {
    const { disconnects, connectFailures } = this.link.counters;
    const ends = disconnects + connectFailures;
    const isNew = ends !== this.#noted;
    this.#noted = ends;
    return isNew;
  }
}
