import { Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { returnAddress } from '../pages/return-address.js';
import { CacheAccess } from './cache-access.js';

/** The button in the strip. */
@Controller('cache')
export class CacheSwitchController {
  readonly #access: CacheAccess;

  constructor(@Inject(CacheAccess) access: CacheAccess) {
    this.#access = access;
  }

  @Get()
  state(): { state: 'running' | 'stopped'; uses: string } {
    return { state: this.#access.isOpen ? 'running' : 'stopped', uses: this.#access.explanation };
  }

  @Post('stop')
  async stop(@Req() request: Request, @Res() response: Response): Promise<void> {
    await this.#access.stop();
    response.redirect(303, returnAddress(request));
  }

  @Post('start')
  async start(@Req() request: Request, @Res() response: Response): Promise<void> {
    await this.#access.start();
    response.redirect(303, returnAddress(request));
  }
}
