import type { ChunkOperations } from '../commands/chunk-operations.js';
import { DeleteCommand } from '../commands/delete.js';
import type { Dispatcher } from '../commands/dispatcher.js';
import { StoreCommand } from '../commands/store.js';
import { TouchCommand } from '../commands/touch.js';
import type { OperationStart } from './operation-start.js';

/** The way of split values to the servers: the same as that of every other command. */
export function chunkOperations(dispatcher: Dispatcher, start: OperationStart): ChunkOperations {
  return {
    store: (mode, key, item, deadline) => dispatcher.runNow(new StoreCommand(mode, key, item), deadline),
    getMany: (keys, deadline) => dispatcher.getManyNow(keys, deadline),
    touch: (key, exptime, deadline) => dispatcher.run(new TouchCommand(key, exptime), deadline),
    delete: (key, deadline) => dispatcher.runNow(new DeleteCommand(key), deadline),
    turnOver: (name, key, deadline) => dispatcher.turnOver({ name, key, effect: 'delete' }, deadline),
    backgroundDeadline: () => start.backgroundDeadline(),
  };
}
