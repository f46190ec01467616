/** The recorder on real responses of node:http. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import supertest from 'supertest';
import { ResponseRecorder, type RecorderOptions, type Recording } from './response-recorder.js';

type Work = (response: ServerResponse, recorder: ResponseRecorder) => unknown;

/** Lets `write` answer one request through a recorder, then `after` decide what is sent. */
async function exchange(
  write: Work,
  after: Work = (_response, recorder) => recorder.release(),
  options: Partial<RecorderOptions> = {},
) {
  let recording: Recording | undefined;
  const server = createServer((_request, response) => {
    const recorder = new ResponseRecorder(response, {
      judge: () => undefined,
      maxBytes: 1000,
      beforeStreaming: () => undefined,
      ...options,
    });
    write(response, recorder);
    void recorder.recording.then((made) => {
      recording = made;
      return after(response, recorder);
    });
  });
  const answer = await supertest(server).get('/');
  return { answer, recording };
}

describe('a response in one piece', () => {
  it('is held until it is released, with status, text and headers, and headers on top', async () => {
    const { answer, recording } = await exchange(
      (response) => response.writeHead(203, 'Second Hand', { 'X-One': '1', 'X-Two': '2' }).end('body'),
      (_response, recorder) => {
        expect(recorder.isSent).toBe(false);
        recorder.release({ 'x-two': 'changed' });
        expect(recorder.isSent).toBe(true);
      },
    );
    expect(recording).toMatchObject({ kind: 'complete', body: Buffer.from('body') });
    expect([answer.status, answer.text, answer.get('X-One'), answer.get('X-Two')]).toEqual([
      203,
      'body',
      '1',
      'changed',
    ]);
    expect((answer as unknown as { res: { statusMessage: string } }).res.statusMessage).toBe('Second Hand');
  });

  it('may be replaced as a whole', async () => {
    const { answer } = await exchange(
      (response) => response.writeHead(500, { 'X-Broken': 'yes' }).end('sorry'),
      (_response, recorder) =>
        recorder.send({ status: 200, statusText: 'Stale', headers: { 'x-age': '9' } }, Buffer.from('old')),
    );
    expect([answer.status, answer.text, answer.get('X-Age'), answer.get('X-Broken')]).toEqual([
      200,
      'old',
      '9',
      undefined,
    ]);
    expect((answer as unknown as { res: { statusMessage: string } }).res.statusMessage).toBe('Stale');
  });

  it('is sent once: a second release, and what the handler writes after its end, have no effect', async () => {
    const results: unknown[] = [];
    const { answer } = await exchange(
      (response) => {
        response.end('once');
        results.push(response.write(' more'), response.end(' end') === response, response.writeHead(500) === response);
        response.flushHeaders();
      },
      (_response, recorder) => {
        recorder.release();
        recorder.release({ 'x-late': '1' });
        recorder.send({ status: 500, statusText: '', headers: {} }, Buffer.from('other'));
      },
    );
    expect(results).toEqual([false, true, true]);
    expect([answer.status, answer.text, answer.get('X-Late')]).toEqual([200, 'once', undefined]);
  });

  it('calls the callback of end when it is sent, and not before', async () => {
    const events: string[] = [];
    await exchange(
      (response) => response.end('body', 'utf8', () => events.push('sent')),
      async (response, recorder) => {
        events.push('released');
        recorder.release();
        await once(response, 'finish');
      },
    );
    expect(events).toEqual(['released', 'sent']);
  });

  it('may have an end with a callback alone', async () => {
    const events: string[] = [];
    const { recording } = await exchange((response) => response.end(() => events.push('sent')));
    expect([events, recording]).toEqual([
      ['sent'],
      expect.objectContaining({ kind: 'complete', body: Buffer.alloc(0) }),
    ]);
  });

  it.each<[string, string[] | string[][] | Record<string, string[]>]>([
    ['a flat list', ['X-Twice', 'a', 'X-Once', 'c', 'X-Twice', 'b']],
    ['an object', { 'X-Twice': ['a', 'b'], 'X-Once': ['c'] }],
  ])('takes the headers of writeHead as %s', async (_title, headers) => {
    const { answer } = await exchange((response) => response.writeHead(200, headers as string[]).end());
    expect([answer.get('X-Twice'), answer.get('X-Once')]).toEqual(['a, b', 'c']);
  });

  it('takes the headers of writeHead as a list of pairs', async () => {
    const pairs = [
      ['X-One', '1'],
      ['X-Two', '2'],
    ];
    const { answer } = await exchange((response) => response.writeHead(200, pairs as unknown as string[]).end());
    expect([answer.get('X-One'), answer.get('X-Two')]).toEqual(['1', '2']);
  });

  it('whose length is not the announced one is not kept', async () => {
    const { recording } = await exchange(
      (response) => response.writeHead(200, { 'Content-Length': '10' }).end('half'),
      (_response, recorder) => {
        recorder.send({ status: 502, statusText: '', headers: {} }, Buffer.alloc(0));
      },
    );
    expect(recording).toMatchObject({ kind: 'refused', reason: 'incomplete' });
  });

  it('that is refused is sent all the same', async () => {
    const { answer, recording } = await exchange((response) => response.end('mine'), undefined, {
      judge: () => 'private',
    });
    expect([answer.text, recording]).toEqual(['mine', expect.objectContaining({ kind: 'refused', reason: 'private' })]);
  });
});

describe('a response in pieces', () => {
  it('goes out at once and cannot be replaced', async () => {
    const refusals: unknown[] = [];
    const { answer, recording } = await exchange(
      (response) => {
        response.write('one ');
        response.end('two');
      },
      (_response, recorder) => recorder.send({ status: 500, statusText: '', headers: {} }, Buffer.from('other')),
      { beforeStreaming: (refusal) => void refusals.push(refusal) },
    );
    expect([answer.status, answer.text, refusals]).toEqual([200, 'one two', [undefined]]);
    expect(recording).toMatchObject({ kind: 'complete', body: Buffer.from('one two') });
  });

  it('may begin with its headers alone', async () => {
    const { answer, recording } = await exchange((response) => {
      response.setHeader('X-Early', 'yes');
      response.flushHeaders();
      expect(response.headersSent).toBe(true);
      response.flushHeaders();
      response.end('late');
    });
    expect([answer.text, answer.get('X-Early')]).toEqual(['late', 'yes']);
    expect(recording).toMatchObject({ kind: 'complete', body: Buffer.from('late') });
  });

  it('is let go by the recording as soon as it is refused or too long', async () => {
    const settled: string[] = [];
    const write: Work = (response, recorder) => {
      void recorder.recording.then(({ kind }) => settled.push(kind));
      response.write('x'.repeat(600));
      response.write('x'.repeat(600));
      setImmediate(() => {
        settled.push('end');
        response.end('x');
      });
    };
    const long = await exchange(write);
    const refused = await exchange(write, undefined, { judge: () => 'private' });
    expect(settled).toEqual(['refused', 'end', 'refused', 'end']);
    expect([long.answer.text.length, refused.answer.text.length]).toEqual([1201, 1201]);
    expect([long.recording, refused.recording]).toMatchObject([{ reason: 'too-large' }, { reason: 'private' }]);
  });

  it('runs hooks of the headers once, those inside before the judge', async () => {
    const order: string[] = [];
    const { answer } = await exchange(
      (response) => {
        const writeHead: (status: number) => ServerResponse = response.writeHead.bind(response);
        response.writeHead = (status: number) => {
          order.push('hook');
          response.setHeader('X-Hook', 'yes');
          return writeHead(status);
        };
        response.write('a');
        response.end('b');
      },
      undefined,
      {
        judge: ({ headers }) => {
          order.push(`judge sees ${String(headers['x-hook'])}`);
          return undefined;
        },
      },
    );
    expect([answer.text, order]).toEqual(['ab', ['hook', 'judge sees yes']]);
  });
});

describe('detach', () => {
  it('gives the response back to whoever answers in the handler’s place', async () => {
    const { answer } = await exchange((response, recorder) => {
      response.setHeader('X-Kept', 'yes');
      recorder.detach();
      response.writeHead(500, 'Broken', { 'X-Error': 'yes' });
      response.end('the error page');
    });
    expect([answer.status, answer.text, answer.get('X-Kept'), answer.get('X-Error')]).toEqual([
      500,
      'the error page',
      'yes',
      'yes',
    ]);
  });

  it('does nothing once the response is held', async () => {
    const { answer } = await exchange((response, recorder) => {
      response.end('held');
      recorder.detach();
      expect(recorder.isSent).toBe(false);
    });
    expect(answer.text).toBe('held');
  });
});
