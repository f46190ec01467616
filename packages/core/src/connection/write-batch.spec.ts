import { nextTick } from 'node:process';
import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { beforeEach, expect, it } from '@jest/globals';
import { WriteBatch } from './write-batch.js';

let waiting: string[];
let written: string[];
let batch: WriteBatch;

beforeEach(() => {
  waiting = [];
  written = [];
  batch = new WriteBatch(
    (writer) => {
      for (const request of waiting.splice(0)) writer.latin1(request);
    },
    () => undefined,
  );
  const stream = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk.toString('latin1'));
      done();
    },
  });
  batch.attach(stream);
});

function ask(request: string, canWait: boolean): void {
  waiting.push(request);
  batch.schedule(canWait);
}

const endOfTick = () => new Promise<void>((resolve) => nextTick(resolve));

it('what cannot wait › is written at the end of the tick, in one write', async () => {
  ask('a', false);
  await Promise.resolve();
  ask('b', false);
  expect(written).toEqual([]);
  await endOfTick();
  expect(written).toEqual(['ab']);
});

it('what can wait › is written at the end of the turn of the event loop, that of all its ticks in one write', async () => {
  await setImmediate();
  ask('a', true);
  await endOfTick();
  ask('b', true);
  await endOfTick();
  expect(written).toEqual([]);
  await setImmediate();
  expect(written).toEqual(['ab']);
});
