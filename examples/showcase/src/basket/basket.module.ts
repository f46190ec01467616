import { Module } from '@nestjs/common';
import { CountriesModule } from '../countries/countries.module.js';
import { PagesModule } from '../pages/pages.module.js';
import { BasketController } from './basket.controller.js';

@Module({ imports: [CountriesModule, PagesModule], controllers: [BasketController] })
export class BasketModule {}
