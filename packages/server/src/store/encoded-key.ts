const PLAIN = /^[\w.~-]*$/;

/** A key in log lines and dumps: every byte but letters, digits and `-._~` as `%XX` (util.c of 1.6.18, uriencode). */
export function encodeKey(key: string): string {
  if (PLAIN.test(key)) return key;
  return key.replaceAll(
    /[^\w.~-]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
