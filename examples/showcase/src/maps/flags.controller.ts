import { join } from 'node:path';
import { Controller, Get, Param, Res } from '@nestjs/common';
import type { Response } from 'express';
import { parseCode } from '../pages/not-found.js';
import { COUNTRY_FILES } from './outline.js';

/** Flags as the world-countries package ships them. They never change, so browsers keep them for a month. */
@Controller('flags')
export class FlagsController {
  @Get(':file')
  async flag(@Param('file') file: string, @Res() response: Response): Promise<void> {
    const code = parseCode(file.replace(/\.svg$/, ''));
    await new Promise<void>((resolve, reject) => {
      response.sendFile(
        join(COUNTRY_FILES, `${code.toLowerCase()}.svg`),
        {
          maxAge: '30d',
          immutable: true,
          headers: { 'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'" },
        },
        (error) => {
          if (error) reject(error);
          else resolve();
        },
      );
    });
  }
}
