import type { NextFunction, Request, Response } from 'express';

/**
 * Refuses forms that other sites send. Together with `sameSite: 'lax'` on the session cookie this is the protection
 * against cross-site request forgery: browsers name the page a POST comes from, and cannot be told not to.
 */
export function refuseOtherSites(request: Request, response: Response, next: NextFunction): void {
  const origin = request.get('origin');
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (isRead || origin === undefined || (URL.canParse(origin) && new URL(origin).host === request.get('host'))) {
    next();
    return;
  }
  response.status(403).type('text').send('This form was sent from another site.\n');
}
