import { Global, Module } from '@nestjs/common';
import { Database } from './database.js';

@Global()
@Module({ providers: [{ provide: Database, useFactory: () => Database.open() }], exports: [Database] })
export class DatabaseModule {}
