/**
 * The operations of a workload as a client performs them: `start(number)` makes the call, `check(number, result)` looks
 * at what it brought.
 */
import { LIST_LENGTH } from './workloads.mjs';
import { keysOf, mixedSequence, valuesOf } from './workload-data.mjs';

/**
 * @param {import('./workloads.mjs').Workload} workload
 * @param {import('./adapters/index.mjs').OpenClient} client
 * @param {import('./meter.mjs').Meter} meter
 */
export function operationsOf(workload, client, meter) {
  const keys = keysOf(workload);
  const values = valuesOf(workload, client.values);
  const count = keys.length;

  function compare(value, expected) {
    meter.looked += 1;
    if (value === undefined || value === null) meter.missed += 1;
    else if (!isEqual(value, expected)) meter.wrong += 1;
  }

  switch (workload.operation) {
    case 'get':
      return {
        keys,
        values,
        start: (number, done) => client.get(keys[number % count], done),
        check: (number, result) => compare(client.valueOf(result), values[number % count]),
      };
    case 'set':
      return {
        keys,
        values,
        start: (number, done) => client.set(keys[number % count], values[number % count], done),
        check: () => undefined,
      };
    case 'getMany': {
      const lists = listsOf(keys);
      return {
        keys,
        values,
        start: (number, done) => client.getMany(lists[number % lists.length], done),
        check(number, result) {
          const list = number % lists.length;
          const at = (number >>> 4) % LIST_LENGTH;
          compare(client.valueAt(result, lists[list], at), values[list * LIST_LENGTH + at]);
        },
      };
    }
    case 'mixed': {
      const { mask, keyNumbers, isSet } = mixedSequence(workload);
      return {
        keys,
        values,
        start(number, done) {
          const key = keyNumbers[number & mask];
          return isSet[number & mask] === 1 ? client.set(keys[key], values[key], done) : client.get(keys[key], done);
        },
        check(number, result) {
          if (isSet[number & mask] === 0) compare(client.valueOf(result), values[keyNumbers[number & mask]]);
        },
      };
    }
    default:
      throw new Error(`The workload ${workload.id} is none for a client.`);
  }
}

/** The keys in lists of 100. */
export function listsOf(keys) {
  return Array.from({ length: keys.length / LIST_LENGTH }, (_, list) =>
    keys.slice(list * LIST_LENGTH, (list + 1) * LIST_LENGTH),
  );
}

function isEqual(value, expected) {
  return typeof expected === 'string' ? value === expected : Buffer.isBuffer(value) && expected.equals(value);
}
