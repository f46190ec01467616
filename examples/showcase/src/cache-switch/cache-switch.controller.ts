import { setTimeout as delay } from 'node:timers/promises';
import type { Memcache } from '@memkit/core';
import { InjectMemcache } from '@memkit/nestjs';
import { Controller, Get, HttpStatus, Inject, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { returnAddress } from '../pages/return-address.js';
import { CacheAccess } from './cache-access.js';
import { OutdatedCache } from './outdated-cache.js';

const LONGEST_WAIT_MS = 3000;

/** The button in the strip. */
@Controller('cache')
export class CacheSwitchController {
  readonly #access: CacheAccess;
  readonly #memcache: Memcache;
  readonly #outdated: OutdatedCache;

  constructor(
    @Inject(CacheAccess) access: CacheAccess,
    @InjectMemcache() memcache: Memcache,
    @Inject(OutdatedCache) outdated: OutdatedCache,
  ) {
    this.#access = access;
    this.#memcache = memcache;
    this.#outdated = outdated;
  }

  @Get()
  state(): { state: 'running' | 'stopped'; uses: string } {
    return { state: this.#access.isOpen ? 'running' : 'stopped', uses: this.#access.explanation };
  }

  @Post('stop')
  async stop(@Req() request: Request, @Res() response: Response): Promise<void> {
    await this.#access.stop();
    response.redirect(HttpStatus.SEE_OTHER, returnAddress(request));
  }

  @Post('start')
  async start(@Req() request: Request, @Res() response: Response): Promise<void> {
    await this.#access.start();
    // What was saved while memcache could not be told is still there in its old form.
    if (await this.#isBack()) await this.#outdated.forget();
    response.redirect(HttpStatus.SEE_OTHER, returnAddress(request));
  }

  /** The client connects again by itself; this only waits for it. */
  async #isBack(): Promise<boolean> {
    const deadline = Date.now() + LONGEST_WAIT_MS;
    while (Date.now() < deadline) {
      const isBack = await this.#memcache.version().then(
        () => true,
        () => false,
      );
      if (isBack) return true;
      await delay(50);
    }
    return false;
  }
}
