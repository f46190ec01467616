import { fileURLToPath } from 'node:url';
import { Injectable } from '@nestjs/common';
import { Eta } from 'eta';
import * as format from './format.js';

export const VIEWS = fileURLToPath(new URL('../../views', import.meta.url));

/** Templates in `views/`, compiled once. Everything a template prints is escaped unless it says `<%~`. */
@Injectable()
export class PageRenderer {
  readonly #eta = new Eta({ views: VIEWS, cache: true });

  /** A whole page: the template inside `layout.eta`. */
  page(template: string, title: string, data: object): string {
    return this.part('layout', { title, body: this.part(template, data) });
  }

  /** One template alone: a card, the strip. */
  part(template: string, data: object): string {
    return this.#eta.render(template, { ...data, format });
  }
}
