import { MemkitHealthIndicator } from '@memkit/nestjs';
import { Controller, Get, Inject } from '@nestjs/common';
import { HealthCheck, HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';

/**
 * 200 when memcache answers, 503 when it does not. The pages live without it, so this tells an operator that something
 * needs attention; a load balancer that takes machines away should ask another address.
 */
@Controller('health')
export class HealthController {
  readonly #health: HealthCheckService;
  readonly #memcache: MemkitHealthIndicator;

  constructor(
    @Inject(HealthCheckService) health: HealthCheckService,
    @Inject(MemkitHealthIndicator) memcache: MemkitHealthIndicator,
  ) {
    this.#health = health;
    this.#memcache = memcache;
  }

  @Get()
  @HealthCheck()
  async check(): Promise<HealthCheckResult> {
    return await this.#health.check([() => this.#memcache.isHealthy('memcache')]);
  }
}
