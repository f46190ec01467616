// One cell of the table, in a process of its own: node cell.mjs '<JSON>'. The last line it prints is the result.
import { rawAdapters } from './adapters/index.mjs';
import { applicationHeap } from './application-heap.mjs';

const cell = JSON.parse(process.argv[2] ?? '{}');
globalThis.applicationHeap = applicationHeap(cell.heapMegabytes ?? 0);

async function measure() {
  if (cell.workload.operation === 'ring') return (await import('./ring-cell.mjs')).measureRing(cell);
  if (cell.raw !== undefined || cell.client in rawAdapters)
    return (await import('./raw/raw-cell.mjs')).measureRaw(cell);
  return (await import('./client-cell.mjs')).measureClient(cell);
}

process.stdout.write(`\n${JSON.stringify(await measure())}\n`, () => process.exit(0));
