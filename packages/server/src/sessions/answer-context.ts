import type { StatsContext } from '../handlers/stats/stat.js';
import type { OpenConnection } from './connection-list.js';

/** What there is for answering a request: the server, and the connection it came on. */
export interface AnswerContext extends StatsContext {
  readonly connection: OpenConnection;
}
