import { Controller, Get, HttpStatus, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { CountriesService } from '../countries/countries.service.js';
import { parseCode, UnknownCountry } from '../pages/not-found.js';
import { PageRenderer } from '../pages/page-renderer.js';
import { addToBasket, BASKET_SIZE, readBasket, removeFromBasket } from './basket.js';

/** Countries side by side. */
@Controller('basket')
export class BasketController {
  readonly #countries: CountriesService;
  readonly #pages: PageRenderer;

  constructor(@Inject(CountriesService) countries: CountriesService, @Inject(PageRenderer) pages: PageRenderer) {
    this.#countries = countries;
    this.#pages = pages;
  }

  @Get()
  async show(@Req() request: Request): Promise<string> {
    const found = await this.#countries.findMany(readBasket(request));
    const countries = found.filter((country) => country !== undefined);
    const largest = Math.max(1, ...countries.map(({ areaKm2 }) => areaKm2));
    return this.#pages.page('basket', 'Compare countries', { countries, largest, size: BASKET_SIZE });
  }

  @Post('add/:code')
  async add(@Param('code') text: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    const code = parseCode(text);
    if ((await this.#countries.findOne(code)) === undefined) throw new UnknownCountry(code);
    addToBasket(request, code);
    response.redirect(HttpStatus.SEE_OTHER, '/basket');
  }

  @Post('remove/:code')
  remove(@Param('code') text: string, @Req() request: Request, @Res() response: Response): void {
    removeFromBasket(request, parseCode(text));
    response.redirect(HttpStatus.SEE_OTHER, '/basket');
  }
}
