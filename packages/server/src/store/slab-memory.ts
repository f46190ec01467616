/**
 * Memory of all items, in pages outside of V8's heap: a garbage collection has some pages to look at, not millions of
 * items. With an object for each item, a full GiB of 1 KiB items stopped the event loop for 200 ms (Node 20).
 * Knows places and sizes; what is in a chunk is the business of item-layout.ts.
 */
import { CHUNK_BYTES, slabClassOf } from './slab-classes.js';
import { MOST_PAGES, NO_PLACE, PAGE_BYTES, pageNumberOf, SlabPage } from './slab-page.js';

/** Chunks grow by a quarter from class to class, and the end of a page may be left over. */
const ROOM_FOR_ITEMS = 1.3;
/** Largest chunk: values in chunks are copied into replies, which ByteWriter does with up to 8 KiB. */
export const MOST_CHUNK_BYTES = Math.max(...CHUNK_BYTES.filter((bytes) => bytes <= 8 * 1024));

export class SlabMemory {
  /** By number; empty places are pages that were given back. */
  readonly #pages: (SlabPage | undefined)[] = [undefined];
  #pageCount = 0;
  #mostPages: number;
  #unused: SlabPage[] = [];
  #freeNumbers: number[] = [];
  /** By slab class: pages with a free chunk. */
  readonly #withRoom: readonly SlabPage[][] = CHUNK_BYTES.map(() => []);

  /** @param bytes limit of all items together */
  constructor(bytes: number) {
    this.#mostPages = pagesFor(bytes);
  }

  /** Pages that are taken from the system, in bytes. */
  get bytes(): number {
    return this.#pageCount * PAGE_BYTES;
  }

  /** Pages above a lower limit are given back once they are empty. */
  set limit(bytes: number) {
    this.#mostPages = pagesFor(bytes);
    while (this.#pageCount > this.#mostPages) {
      const page = this.#unused.pop();
      if (page === undefined) return;
      this.#drop(page);
    }
  }

  /** The page of a place that holds an item. */
  pageOf(place: number): SlabPage {
    return this.#pages[pageNumberOf(place)] as SlabPage;
  }

  /** A chunk for so many bytes, `MOST_CHUNK_BYTES` at most; `NO_PLACE` when a page has to be emptied first. */
  take(bytes: number): number {
    const slabClass = slabClassOf(bytes);
    const withRoom = this.#withRoom[slabClass] ?? [];
    const page = withRoom.at(-1) ?? this.#addPage(slabClass, withRoom);
    if (page === undefined) return NO_PLACE;
    const place = page.take();
    if (!page.hasRoom) {
      withRoom.pop();
      page.roomIndex = -1;
    }
    return place;
  }

  giveBack(place: number): void {
    const page = this.pageOf(place);
    page.giveBack(place);
    const withRoom = this.#withRoom[page.slabClass] ?? [];
    if (page.used === 0) {
      if (page.roomIndex >= 0) unlist(withRoom, page);
      // One stays for whoever emptied it.
      if (this.#pageCount > this.#mostPages && this.#unused.length > 0) this.#drop(page);
      else this.#unused.push(page);
    } else if (page.roomIndex < 0) {
      page.roomIndex = withRoom.push(page) - 1;
    }
  }

  /** Whether an item of so many bytes fits the chunk at `place`, and no smaller one. */
  fits(place: number, bytes: number): boolean {
    return this.pageOf(place).slabClass === slabClassOf(bytes);
  }

  /** All pages in use; also while some come and go. */
  *pages(): Generator<SlabPage, void> {
    for (const page of this.#pages) if (page !== undefined && page.used > 0) yield page;
  }

  clear(): void {
    // Whoever walks along the pages is at the end now.
    for (const page of this.#pages) page?.cut(0, PAGE_BYTES);
    this.#pages.length = 1;
    this.#pageCount = 0;
    this.#unused = [];
    this.#freeNumbers = [];
    for (const pages of this.#withRoom) pages.length = 0;
  }

  #addPage(slabClass: number, withRoom: SlabPage[]): SlabPage | undefined {
    const page = this.#unused.pop() ?? this.#newPage();
    if (page === undefined) return undefined;
    page.cut(slabClass, CHUNK_BYTES[slabClass] ?? PAGE_BYTES);
    page.roomIndex = withRoom.push(page) - 1;
    return page;
  }

  #newPage(): SlabPage | undefined {
    if (this.#pageCount >= this.#mostPages) return undefined;
    const page = new SlabPage(this.#freeNumbers.pop() ?? this.#pages.length);
    this.#pages[page.number] = page;
    this.#pageCount += 1;
    return page;
  }

  #drop(page: SlabPage): void {
    this.#pages[page.number] = undefined;
    this.#freeNumbers.push(page.number);
    this.#pageCount -= 1;
  }
}

/** One page for each class beside what the items need. */
function pagesFor(bytes: number): number {
  return Math.min(MOST_PAGES, Math.ceil((bytes * ROOM_FOR_ITEMS) / PAGE_BYTES) + slabClassOf(MOST_CHUNK_BYTES));
}

function unlist(withRoom: SlabPage[], page: SlabPage): void {
  const last = withRoom.pop();
  if (last !== undefined && last !== page) {
    withRoom[page.roomIndex] = last;
    last.roomIndex = page.roomIndex;
  }
  page.roomIndex = -1;
}
