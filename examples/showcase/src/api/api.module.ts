import { Module } from '@nestjs/common';
import { CountriesModule } from '../countries/countries.module.js';
import { ApiCacheModule } from './api-cache.module.js';
import { ApiController } from './api.controller.js';

@Module({ imports: [ApiCacheModule, CountriesModule], controllers: [ApiController] })
export class ApiModule {}
