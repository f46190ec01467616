import { ConsoleLogger } from '@nestjs/common';

const NEST_ITSELF = ['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication'];

/** Nest's logger in short lines, without the list of modules and routes at start. */
export class AtlasLogger extends ConsoleLogger {
  override log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    if (typeof context === 'string' && NEST_ITSELF.includes(context)) return;
    super.log(message, ...rest);
  }

  /** Why the start failed is said by main.ts, in a sentence. */
  override error(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    if (context !== 'ExceptionHandler' && context !== 'NestApplication') super.error(message, ...rest);
  }

  protected override formatPid(): string {
    return '';
  }

  protected override getTimestamp(): string {
    return new Date().toLocaleTimeString('en-GB');
  }
}
