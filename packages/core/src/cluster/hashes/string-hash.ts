/** memjs' hash: that of Java's strings over UTF-16 units, without its sign; 0 to 2^31. */
export function stringHash(text: string): number {
  let hash = 0;
  for (let at = 0; at < text.length; at += 1) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
  return Math.abs(hash);
}
