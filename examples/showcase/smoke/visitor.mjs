/** A person with a browser of their own: cookies are kept, forms are sent as the pages have them. */
export class Visitor {
  #url;
  #cookies = new Map();

  constructor(url) {
    this.#url = url;
  }

  async get(path) {
    return await this.#ask(path, {});
  }

  /** Sends a form from `page` and stays at the answer, without following its redirect. */
  async post(path, fields = {}, page = '/') {
    return await this.#ask(path, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { origin: this.#url, referer: this.#url + page },
    });
  }

  async #ask(path, init) {
    const headers = { accept: 'text/html,application/json', ...init.headers };
    if (this.#cookies.size > 0) headers.cookie = [...this.#cookies].map((pair) => pair.join('=')).join('; ');
    const startedAt = performance.now();
    const response = await fetch(this.#url + path, {
      ...init,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(10_000),
    });
    const text = await response.text();
    const ms = performance.now() - startedAt;
    for (const cookie of response.headers.getSetCookie()) {
      const [name, value] = cookie.split(';')[0].split('=');
      this.#cookies.set(name, value);
    }
    return new Answer(response, text, ms);
  }
}

/** What came back, and what its strip says. */
class Answer {
  constructor(response, text, ms) {
    this.status = response.status;
    this.text = text;
    this.ms = ms;
    this.location = response.headers.get('location');
    this.cacheStatus = response.headers.get('cache-status') ?? '';
    this.xCache = response.headers.get('x-cache') ?? '';
    this.headers = response.headers;
  }

  /** hit, miss, stale, bypass or none; as the header Server-Timing says, which is the strip's first word. */
  get outcome() {
    return /cache;desc="(\w+)"/.exec(this.headers.get('server-timing') ?? '')?.[1] ?? 'absent';
  }

  get queries() {
    return Number(/db;[^,]*desc="(\d+)/.exec(this.headers.get('server-timing') ?? '')?.[1] ?? -1);
  }

  /** The strip as a person reads it. */
  get strip() {
    const strip = /<aside class="strip[\s\S]*<\/aside>/.exec(this.text)?.[0] ?? '';
    return strip
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim();
  }

  /** The number beside "Compare". */
  get basketCount() {
    return Number(/class="badge">(\d+)</.exec(this.text)?.[1] ?? -1);
  }
}
