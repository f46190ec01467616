// Records fixtures/*.json anew: what a real memcached answers to the requests below, byte for byte.
//   node --conditions=@memkit/source --import ../../tools/swc-register.mjs tools/record-transcripts.mjs
// A reply is whole when the server has been quiet for a moment.
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { startMemcached } from '@memkit/testing';

const QUIET_MS = 150;
const fixtures = new URL('../fixtures/', import.meta.url);

/** Sends the requests one after another on one connection; returns the exchanges with their replies. */
async function record(port, exchanges) {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  let received = Buffer.alloc(0);
  let isClosed = false;
  let wake = () => {};
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    wake();
  });
  socket.on('close', () => {
    isClosed = true;
    wake();
  });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  const recorded = [];
  for (const { title, request } of exchanges) {
    received = Buffer.alloc(0);
    socket.write(request);
    for (let before = -1; !isClosed && before !== received.length;) {
      before = received.length;
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, QUIET_MS);
        wake = () => {
          clearTimeout(timer);
          setTimeout(resolve, QUIET_MS);
        };
      });
    }
    recorded.push({ title, request: request.toString('base64'), reply: received.toString('base64') });
  }
  socket.destroy();
  return recorded;
}

const text = (title, request) => ({ title, request: Buffer.from(request) });

/** A binary request packet. */
function packet(title, opcode, { key = '', extras = Buffer.alloc(0), value = Buffer.alloc(0), cas = 0n } = {}) {
  const keyBytes = Buffer.from(key);
  const header = Buffer.alloc(24);
  header.writeUInt8(0x80, 0);
  header.writeUInt8(opcode, 1);
  header.writeUInt16BE(keyBytes.length, 2);
  header.writeUInt8(extras.length, 4);
  header.writeUInt32BE(extras.length + keyBytes.length + value.length, 8);
  header.writeBigUInt64BE(cas, 16);
  return { title, request: Buffer.concat([header, extras, keyBytes, value]) };
}

const words = (...values) => {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32BE(value, index * 4));
  return bytes;
};
const login = (password) => packet('login', 0x21, { key: 'PLAIN', value: Buffer.from(`\0alice\0${password}`) });

const metaExchanges = [
  text('get a missing key', 'mg absent v f\r\n'),
  text('set', 'ms greeting 5 T60 F7\r\nhello\r\n'),
  text('get', 'mg greeting v f\r\n'),
  text('get with CAS', 'mg greeting v f c\r\n'),
  text('get everything', 'mg greeting v f c h k l O77 s t\r\n'),
  text('set bytes that look like replies', 'ms tricky 15\r\nEND\r\nVA 3\r\nHD\r\n\r\n'),
  text('get bytes that look like replies', 'mg tricky v f\r\n'),
  text('set an empty value', 'ms empty 0\r\n\r\n'),
  text('get an empty value', 'mg empty v f\r\n'),
  text('add a present key', 'ms greeting 1 ME\r\nx\r\n'),
  text('replace a missing key', 'ms absent 1 MR\r\nx\r\n'),
  text('set with a wrong CAS', 'ms greeting 1 C999999\r\nx\r\n'),
  text('set a missing key with CAS', 'ms absent 1 C5\r\nx\r\n'),
  text('touch', 'mg greeting T90\r\n'),
  text('touch a missing key', 'mg absent T90\r\n'),
  text('count a missing key', 'ma counter v D1\r\n'),
  text('create a counter', 'ma counter v D1 N60 J100\r\n'),
  text('increment', 'ma counter v D5\r\n'),
  text('decrement to fewer digits', 'ma counter v D96 MD\r\n'),
  text('count words', 'ma greeting v D1\r\n'),
  text('a counter of 64 bits', 'ms huge 20\r\n18446744073709551614\r\n'),
  text('increment it', 'ma huge v D1\r\n'),
  text('mark stale', 'md greeting I T30\r\n'),
  text('the first reader wins', 'mg greeting v f\r\n'),
  text('the second is told so', 'mg greeting v f\r\n'),
  text('delete', 'md greeting\r\n'),
  text('delete a missing key', 'md greeting\r\n'),
  text('a base64 key', 'ms 8J+Nug== 2 b\r\nhi\r\n'),
  text('get it with its key', 'mg 8J+Nug== b k v\r\n'),
  text('an opaque and quiet miss before noop', 'mg absent v q O1\r\nmn\r\n'),
  text('version', 'version\r\n'),
  text('stats', 'stats settings\r\n'),
  text('flush', 'flush_all\r\n'),
  text('an unknown command', 'mystery\r\n'),
  text('a flag nobody knows', 'mg greeting !\r\n'),
  text('a block longer than announced', 'ms liar 1\r\nversion\r\n'),
  {
    title: 'too large',
    request: Buffer.concat([Buffer.from('ms whale 1048577\r\n'), Buffer.alloc(1_048_577, 0x78), Buffer.from('\r\n')]),
  },
];

const textExchanges = [
  text('get a missing key', 'get absent\r\n'),
  text('set', 'set greeting 7 60 5\r\nhello\r\n'),
  text('get', 'get greeting\r\n'),
  text('get several', 'get greeting absent greeting\r\n'),
  text('gets', 'gets greeting\r\n'),
  text('gat', 'gat 60 greeting\r\n'),
  text('gats', 'gats 60 greeting\r\n'),
  text('add a present key', 'add greeting 0 0 1\r\nx\r\n'),
  text('replace', 'replace greeting 0 0 2\r\nhi\r\n'),
  text('append', 'append greeting 0 0 1\r\n!\r\n'),
  text('prepend', 'prepend greeting 0 0 1\r\n>\r\n'),
  text('get what became of it', 'get greeting\r\n'),
  text('a wrong CAS', 'cas greeting 0 0 1 999999\r\nx\r\n'),
  text('cas of a missing key', 'cas absent 0 0 1 5\r\nx\r\n'),
  text('bytes that look like replies', 'set tricky 0 0 13\r\nEND\r\nVALUE \r\n\r\n'),
  text('get them', 'get tricky\r\n'),
  text('touch', 'touch greeting 90\r\n'),
  text('touch a missing key', 'touch absent 90\r\n'),
  text('a counter', 'set counter 0 0 3\r\n100\r\n'),
  text('incr', 'incr counter 5\r\n'),
  text('decr', 'decr counter 96\r\n'),
  text('get a padded counter', 'get counter\r\n'),
  text('incr a missing key', 'incr absent 1\r\n'),
  text('incr words', 'incr greeting 1\r\n'),
  text('delete', 'delete greeting\r\n'),
  text('delete a missing key', 'delete greeting\r\n'),
  text('stats', 'stats settings\r\n'),
  text('stats reset', 'stats reset\r\n'),
  text('version', 'version\r\n'),
  text('verbosity', 'verbosity 0\r\n'),
  text('flush_all', 'flush_all\r\n'),
  text('an unknown command', 'mystery\r\n'),
];

const binaryExchanges = [
  packet('get a missing key', 0x00, { key: 'absent' }),
  packet('set', 0x01, { key: 'greeting', extras: words(7, 60), value: Buffer.from('hello') }),
  packet('get', 0x00, { key: 'greeting' }),
  packet('get with key', 0x0c, { key: 'greeting' }),
  packet('set an empty value', 0x01, { key: 'empty', extras: words(0, 0) }),
  packet('get an empty value', 0x00, { key: 'empty' }),
  packet('add a present key', 0x02, { key: 'greeting', extras: words(0, 0), value: Buffer.from('x') }),
  packet('replace a missing key', 0x03, { key: 'absent', extras: words(0, 0), value: Buffer.from('x') }),
  packet('set with a wrong CAS', 0x01, {
    key: 'greeting',
    extras: words(0, 0),
    value: Buffer.from('x'),
    cas: 999_999n,
  }),
  packet('append', 0x0e, { key: 'greeting', value: Buffer.from('!') }),
  packet('prepend', 0x0f, { key: 'greeting', value: Buffer.from('>') }),
  packet('touch', 0x1c, { key: 'greeting', extras: words(90) }),
  packet('touch a missing key', 0x1c, { key: 'absent', extras: words(90) }),
  packet('count a missing key', 0x05, { key: 'counter', extras: words(0, 1, 0, 0, 0xffff_ffff) }),
  packet('create a counter', 0x05, { key: 'counter', extras: words(0, 1, 0x20_0000, 1, 60) }),
  packet('increment', 0x05, { key: 'counter', extras: words(0, 5, 0, 0, 0xffff_ffff) }),
  packet('decrement', 0x06, { key: 'counter', extras: words(0, 2, 0, 0, 0xffff_ffff) }),
  packet('count words', 0x05, { key: 'greeting', extras: words(0, 1, 0, 0, 0xffff_ffff) }),
  packet('delete', 0x04, { key: 'greeting' }),
  packet('delete a missing key', 0x04, { key: 'greeting' }),
  packet('stat', 0x10, { key: 'settings' }),
  packet('version', 0x0b),
  packet('flush', 0x08),
  packet('noop', 0x0a),
  packet('login where there is no SASL', 0x21, { key: 'PLAIN', value: Buffer.from('\0alice\0s3cret') }),
  packet('an unknown opcode', 0x7f),
  packet('too large', 0x01, { key: 'whale', extras: words(0, 0), value: Buffer.alloc(1_048_577, 0x78) }),
];

/** Long runs of one value would make the file a megabyte; the parsers need only the reply. */
function shorten(exchange) {
  return exchange.title === 'too large' ? { ...exchange, request: '' } : exchange;
}

function write(name, server, exchanges) {
  const transcript = { server, exchanges: exchanges.map(shorten) };
  writeFileSync(new URL(`${name}.json`, fixtures), `${JSON.stringify(transcript, null, 2)}\n`);
}

const plain = await startMemcached();
const sasl = await startMemcached({ sasl: { username: 'alice', password: 's3cret' } });
const [{ reply }] = await record(plain.port, [text('version', 'version\r\n')]);
const version = `memcached ${Buffer.from(reply, 'base64').toString().trim().split(' ').at(-1)}`;
write('meta', version, await record(plain.port, metaExchanges));
write('text', version, await record(plain.port, textExchanges));
write('binary', version, await record(plain.port, binaryExchanges));
write(
  'sasl-success',
  `${version} -S`,
  await record(sasl.port, [packet('list mechanisms', 0x20), login('s3cret'), packet('get', 0x00, { key: 'absent' })]),
);
write('sasl-failure', `${version} -S`, await record(sasl.port, [login('wrong')]));
write('sasl-missing', `${version} -S`, await record(sasl.port, [packet('get', 0x00, { key: 'a' })]));
await plain.stop();
await sasl.stop();
