import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ByteWriter } from '@memkit/protocol/internal';
import { createDriver } from './create-driver.js';
import {
  needsMore,
  type ProtocolDriver,
  type ProtocolName,
  type FoundItems,
  type WireItem,
  type WireRequest,
} from './protocol-driver.js';

const server = 'cache.example:11211';

type Operation = 'get' | 'gets' | 'getAndTouch' | 'getMany' | 'set' | 'delete' | 'increment' | 'touch' | 'version';
const operations = [
  'get',
  'gets',
  'getAndTouch',
  'getMany',
  'set',
  'delete',
  'increment',
  'touch',
  'version',
] as const satisfies readonly Operation[];

interface Step {
  readonly operation: Operation;
  readonly isHit: boolean;
  /** Distinct for every step, so that a value shows which request it answers. */
  readonly key: string;
  readonly request: WireRequest<unknown>;
}

function requestFor(driver: ProtocolDriver, operation: Operation, key: string): WireRequest<unknown> {
  const input = { direction: 'increment', by: 1n, initial: undefined, exptime: 0 } as const;
  switch (operation) {
    case 'set':
      return driver.store('set', key, { data: 'v', dataBytes: 1, flags: 0, exptime: 0, cas: 0n });
    case 'getMany':
      return driver.getMany([key, `${key}-second`]);
    case 'getAndTouch':
    case 'touch':
      return driver[operation](key, 60);
    case 'increment':
      return driver.arithmetic(key, input);
    case 'version':
      return driver.version();
    default:
      return driver[operation](key);
  }
}

/** The replies a server sends; each value is `value of <key>`, each counter the digits in the key. */
type Answer = (step: Step) => Buffer[];

function encoded(request: WireRequest<unknown>): Buffer {
  const writer = new ByteWriter();
  request.encode(writer);
  return Buffer.concat(writer.take());
}

const line = (text: string): Buffer[] => [Buffer.from(`${text}\r\n`)];
const digits = (key: string): string => key.replace(/\D/g, '');

const answerClassic = ({ operation, isHit, key }: Step): Buffer[] => {
  const value = `value of ${key}`;
  switch (operation) {
    case 'version':
      return line('VERSION 1.6.18');
    case 'set':
      return line('STORED');
    case 'delete':
      return line(isHit ? 'DELETED' : 'NOT_FOUND');
    case 'touch':
      return line(isHit ? 'TOUCHED' : 'NOT_FOUND');
    case 'increment':
      return line(isHit ? digits(key) : 'NOT_FOUND');
    default: {
      const cas = operation === 'gets' ? ' 7' : '';
      return isHit
        ? [...line(`VALUE ${key} 0 ${String(value.length)}${cas}\r\n${value}`), ...line('END')]
        : line('END');
    }
  }
};

const answerMeta: Answer = (step) => {
  const { operation, isHit, key, request } = step;
  const opaque = / (O\d+)\r\n/.exec(encoded(request).toString())?.[1] ?? '';
  const value = operation === 'increment' ? digits(key) : `value of ${key}`;
  switch (operation) {
    case 'version':
    case 'getMany':
      return answerClassic(step);
    case 'set':
      return line(`HD ${opaque}`);
    case 'delete':
      return line(`${isHit ? 'HD' : 'NF'} ${opaque}`);
    case 'touch':
      return line(`${isHit ? 'HD' : 'EN'} ${opaque}`);
    case 'increment':
      return line(isHit ? `VA ${String(value.length)} ${opaque}\r\n${value}` : `NF ${opaque}`);
    default:
      return line(isHit ? `VA ${String(value.length)} f0 ${opaque}\r\n${value}` : `EN ${opaque}`);
  }
};

/** Echoes the header of the request: opcode and opaque of its first frame, and of the noop that closes many gets. */
const answerBinary: Answer = ({ operation, isHit, key, request }) => {
  const bytes = encoded(request);
  const reply = (header: Buffer, status: number, extras: number, replyKey: string, data: Buffer): Buffer => {
    const head = Buffer.alloc(24);
    head.writeUInt8(0x81, 0);
    head.writeUInt8(header.readUInt8(1), 1);
    head.writeUInt16BE(replyKey.length, 2);
    head.writeUInt8(extras, 4);
    head.writeUInt16BE(status, 6);
    head.writeUInt32BE(extras + replyKey.length + data.length, 8);
    header.copy(head, 12, 12, 16);
    return Buffer.concat([head, Buffer.alloc(extras), Buffer.from(replyKey), data]);
  };
  const none = Buffer.alloc(0);
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(digits(key) === '' ? '0' : digits(key)));
  const value = Buffer.from(`value of ${key}`);
  if (operation === 'getMany') {
    const noop = reply(bytes.subarray(bytes.length - 24), 0, 0, '', none);
    return isHit ? [reply(bytes, 0, 4, key, value), noop] : [noop];
  }
  if (operation === 'version') return [reply(bytes, 0, 0, '', Buffer.from('1.6.18'))];
  if (!isHit && operation !== 'set') return [reply(bytes, 1, 0, '', Buffer.from('Not found'))];
  if (operation === 'increment') return [reply(bytes, 0, 0, '', counter)];
  const isRead = operation === 'get' || operation === 'gets' || operation === 'getAndTouch';
  return [isRead ? reply(bytes, 0, 4, '', value) : reply(bytes, 0, operation === 'touch' ? 4 : 0, '', none)];
};

/** Results in order, up to the reply at which the driver gave up. */
function run(driver: ProtocolDriver, steps: readonly Step[], replies: readonly Buffer[]): unknown[] {
  const results: unknown[] = [];
  let place = 0;
  const parser = driver.createReplyParser((reply) => {
    const result = steps[place]?.request.decode(reply);
    if (result === needsMore || place >= steps.length) return;
    results.push(result);
    place += 1;
  });
  try {
    for (const reply of replies) parser.push(Buffer.from(reply));
  } catch (error) {
    expect(error).toMatchObject({ code: 'MEMCACHE_UNEXPECTED_REPLY' });
  }
  return results;
}

const textOf = (item: unknown): string | undefined => (item as WireItem | undefined)?.data.toString();

function isMissOrValueOf(key: string, item: unknown): boolean {
  return item === undefined || textOf(item) === `value of ${key}`;
}

/** Whether the result can only have come from the reply to this very step. */
function isOwnValue({ operation, key }: Step, result: unknown): boolean {
  switch (operation) {
    case 'get':
    case 'gets':
    case 'getAndTouch':
      return isMissOrValueOf(key, result);
    case 'getMany':
      return (result as FoundItems).every((item, place) => isMissOrValueOf(place === 0 ? key : '', item));
    default:
      return true;
  }
}

function isOwnOutcome(step: Step, result: unknown): boolean {
  const { operation, isHit, key } = step;
  switch (operation) {
    case 'set':
      return result === 'stored';
    case 'delete':
    case 'touch':
      return result === isHit;
    case 'increment':
      return result === (isHit ? BigInt(digits(key)) : undefined);
    case 'version':
      return result === '1.6.18';
    case 'getMany':
      return isOwnValue(step, result) && ((result as FoundItems)[0] !== undefined) === isHit;
    default:
      return isOwnValue(step, result) && (result !== undefined) === isHit;
  }
}

const plansOf = (choice: readonly Operation[]) =>
  fc.array(fc.record({ operation: fc.constantFrom(...choice), isHit: fc.boolean() }), { minLength: 1, maxLength: 12 });
/** Where a reply comes twice, is lost, or one of an earlier request comes again. */
const disturbances = fc.record({
  kind: fc.constantFrom('none', 'twice', 'lost', 'again'),
  at: fc.nat(40),
  from: fc.nat(40),
});

function disturb(replies: readonly Buffer[], { kind, at, from }: { kind: string; at: number; from: number }): Buffer[] {
  const place = at % replies.length;
  const copy = replies[kind === 'again' ? from % replies.length : place] ?? Buffer.alloc(0);
  if (kind === 'none') return [...replies];
  return replies.toSpliced(place, kind === 'lost' ? 1 : 0, ...(kind === 'lost' ? [] : [copy]));
}

const cases: [ProtocolName, Answer][] = [
  ['meta', answerMeta],
  ['text', answerClassic],
  ['binary', answerBinary],
];

function play(
  name: ProtocolName,
  answer: Answer,
  plan: readonly { operation: Operation; isHit: boolean }[],
  disturbance: Parameters<typeof disturb>[1],
): { steps: readonly Step[]; results: readonly unknown[] } {
  const driver = createDriver(name, server, { isLoggedIn: false, version: '1.6.18' });
  const steps = plan.map(({ operation, isHit }, place): Step => {
    const key = `key-${String(place + 1)}`;
    return { operation, isHit, key, request: requestFor(driver, operation, key) };
  });
  const replies = steps.flatMap((step) => answer(step));
  return { steps, results: run(driver, steps, disturb(replies, disturbance)) };
}

const wrong = (
  { steps, results }: ReturnType<typeof play>,
  isRight: (step: Step, result: unknown) => boolean,
): readonly Step[] =>
  results.flatMap((result, place) => {
    const step = steps[place];
    return step === undefined || isRight(step, result) ? [] : [step];
  });

describe.each(cases)('a reply of a %s connection that is lost, comes twice or comes late', (name, answer) => {
  it('is not there: then every request has its own result', () => {
    fc.assert(
      fc.property(plansOf(operations), (plan) => {
        const played = play(name, answer, plan, { kind: 'none', at: 0, from: 0 });
        expect(played.results).toHaveLength(plan.length);
        expect(wrong(played, isOwnOutcome)).toEqual([]);
      }),
    );
  });

  it('never gives a request the value of another', () => {
    fc.assert(
      fc.property(plansOf(operations), disturbances, (plan, disturbance) => {
        expect(wrong(play(name, answer, plan, disturbance), isOwnValue)).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });
});

// As many as two digits tell apart, and twice that.
describe.each(cases)('with hundreds of requests under way, a %s connection', (name, answer) => {
  it.each([1, 98, 99, 100, 198, 297])('gives no request the value of another when %i replies are lost', (lost) => {
    for (const first of [0, 1, 50, 99]) {
      const driver = createDriver(name, server, { isLoggedIn: false, version: '1.6.18' });
      const steps = Array.from({ length: 400 }, (_, place): Step => {
        const key = `key-${String(place + 1)}`;
        return { operation: 'get', isHit: true, key, request: requestFor(driver, 'get', key) };
      });
      const replies = steps.map((step) => Buffer.concat(answer(step)));
      const results = run(driver, steps, replies.toSpliced(first, lost));
      expect(results).toHaveLength(first);
      expect(wrong({ steps, results }, isOwnOutcome)).toEqual([]);
    }
  });
});

// Classic lines carry no number, and a lost reply of a quiet get is a miss.
const numbered = operations.filter((operation) => operation !== 'version' && operation !== 'getMany');

describe.each(cases.filter(([name]) => name !== 'text'))('a numbered reply on a %s connection', (name, answer) => {
  it('gives no request any other outcome than its own', () => {
    fc.assert(
      fc.property(plansOf(numbered), disturbances, (plan, disturbance) => {
        expect(wrong(play(name, answer, plan, disturbance), isOwnOutcome)).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });
});
