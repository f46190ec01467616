import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { UnknownCountry } from './not-found.js';
import type { PageRenderer } from './page-renderer.js';

const TITLES: Readonly<Record<number, string>> = {
  400: 'That could not be read',
  404: 'Not on the map',
  413: 'That is too much',
};

const SENTENCES: Readonly<Record<number, string>> = {
  400: 'The browser sent something that is not a form of these pages.',
  404: 'There is no page at this address.',
  413: 'The form holds more than these pages take.',
};

/** Errors as a page for people and as JSON for programs. */
@Catch()
export class ErrorPageFilter implements ExceptionFilter {
  readonly #pages: PageRenderer;
  readonly #logger = new Logger('Pages');

  constructor(pages: PageRenderer) {
    this.#pages = pages;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    const status = error instanceof HttpException ? error.getStatus() : statusOf(error);
    if (status >= 500 && !(error instanceof HttpException)) this.#logger.error(error);
    if (response.headersSent) {
      response.end();
      return;
    }
    if (/^\/(api|health)\b/.test(request.path)) {
      const body = error instanceof HttpException ? error.getResponse() : { statusCode: status, message: 'Error' };
      response.status(status).json(body);
      return;
    }
    const title = TITLES[status] ?? 'Something went wrong';
    // The messages of Nest and Express are not written for visitors.
    const sentence = error instanceof UnknownCountry ? error.message : SENTENCES[status];
    const message = sentence ?? 'The page could not be made. The log says why.';
    response
      .status(status)
      .type('html')
      .send(this.#pages.page('error', title, { title, message, status }));
  }
}

/** Errors of Express itself, such as a form that is too large or an address that cannot be decoded, carry a status. */
function statusOf(error: unknown): number {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}
