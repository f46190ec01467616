/** The decorators on a plain class: no framework, one cache for the whole program. */
import { createCache, Invalidate, Key, ReadThrough, ReadThroughMulti, setDefaultCache, Update } from '@memkit/cache';

interface Book {
  readonly isbn: string;
  readonly title: string;
  readonly copies: number;
}

/** Stands for your database; writes down what it is asked for. */
const shelf = new Map<string, Book>([
  ['0140449136', { isbn: '0140449136', title: 'Crime and Punishment', copies: 3 }],
  ['0141439513', { isbn: '0141439513', title: 'Pride and Prejudice', copies: 1 }],
  ['0199535566', { isbn: '0199535566', title: 'Middlemarch', copies: 2 }],
]);
const asked: string[] = [];

class Library {
  @ReadThrough({ namespace: 'book', ttl: '10m' })
  async findOne(@Key() isbn: string): Promise<Book | undefined> {
    asked.push(isbn);
    return Promise.resolve(shelf.get(isbn));
  }

  /** Runs with the books that are not cached yet; shares its entries with `findOne`. */
  @ReadThroughMulti({ namespace: 'book', ttl: '10m' })
  async findMany(@Key() isbns: readonly string[]): Promise<(Book | undefined)[]> {
    asked.push(...isbns);
    return Promise.resolve(isbns.map((isbn) => shelf.get(isbn)));
  }

  /** What it returns replaces the cached book. */
  @Update({ namespace: 'book', ttl: '10m' })
  async setCopies(@Key() isbn: string, copies: number): Promise<Book | undefined> {
    const book = shelf.get(isbn);
    if (book !== undefined) shelf.set(isbn, { ...book, copies });
    return Promise.resolve(shelf.get(isbn));
  }

  @Invalidate({ namespace: 'book' })
  async remove(@Key() isbn: string): Promise<boolean> {
    return Promise.resolve(shelf.delete(isbn));
  }
}

/** Prints what a call gives, and what the shelf was asked for meanwhile. */
async function show(title: string, call: () => Promise<unknown>): Promise<void> {
  asked.length = 0;
  const result = await call();
  console.log(`${title}\n  asked for: ${asked.join(', ') || 'nothing'}\n  result:    ${JSON.stringify(result)}`);
}

// MEMCACHE_SERVERS in the environment, or the embedded server.
const cache = createCache({ namespace: 'library' });
setDefaultCache(cache);
const library = new Library();

await show('first read', () => library.findOne('0140449136'));
await show('second read, from the cache', () => library.findOne('0140449136'));
await show('one known, one new', () => library.findMany(['0140449136', '0141439513']));
await show('both known now', () => library.findMany(['0140449136', '0141439513']));
await library.setCopies('0140449136', 7);
await show('after @Update, from the cache', () => library.findOne('0140449136'));
await library.remove('0140449136');
await show('after @Invalidate, not there', () => library.findOne('0140449136'));
await cache.close();
