import type { Request } from 'express';

/** The page of this site the form was on, so that a button brings people back to where they were; `/` otherwise. */
export function returnAddress(request: Request): string {
  const referer = request.get('referer');
  if (referer === undefined || !URL.canParse(referer)) return '/';
  const { host, pathname, search } = new URL(referer);
  // Two slashes at the start would be another site's address.
  return host === request.get('host') && !pathname.startsWith('//') ? pathname + search : '/';
}
