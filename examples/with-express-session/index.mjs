/**
 * Two requests change one session at the same time and both changes stay; a logout during a slow request stays a logout.
 * Runs on the embedded server, or on yours: MEMCACHE_SERVERS=127.0.0.1:11211 node index.mjs
 */
import { EventEmitter, once } from 'node:events';
import express from 'express';
import session from 'express-session';
import { MemkitSessionStore } from '@memkit/express-session';

const moments = new EventEmitter();
const store = new MemkitSessionStore();
const app = express();
app.use(session({ store, secret: 'only for this example', resave: false, saveUninitialized: false }));

app.post('/login/:name', (request, response) => {
  request.session.user = request.params.name;
  response.json(shown(request));
});
app.post('/basket/:article', async (request, response) => {
  // A slow request: its session was loaded before this moment, and is saved after the next.
  moments.emit('session loaded');
  await once(moments, 'work done');
  request.session.basket = [request.params.article];
  response.json(shown(request));
});
app.post('/language/:code', (request, response) => {
  request.session.language = request.params.code;
  response.json(shown(request));
});
app.post('/logout', (request, response, next) => {
  request.session.destroy((error) => (error ? next(error) : response.json({})));
});
app.get('/', (request, response) => response.json(shown(request)));

/** @param {import('express').Request} request */
function shown(request) {
  const { user, basket, language } = request.session;
  return { user, basket, language };
}

const server = app.listen(0, '127.0.0.1');
await once(server, 'listening');
const home = `http://127.0.0.1:${server.address().port}`;
let cookie = '';
const send = async (method, path) => {
  const response = await fetch(home + path, { method, headers: { cookie } });
  cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
  return response.json();
};

console.log('logged in:             ', await send('POST', '/login/ada'));

const slow = send('POST', '/basket/lamp');
await once(moments, 'session loaded');
console.log('meanwhile:             ', await send('POST', '/language/fr'));
moments.emit('work done');
await slow;
console.log('both changes are there:', await send('GET', '/'));

const late = send('POST', '/basket/table');
await once(moments, 'session loaded');
await send('POST', '/logout');
moments.emit('work done');
await late;
console.log('still logged out:      ', await send('GET', '/'));

server.closeAllConnections();
server.close();
await store.close();
