/** The least of a failing sequence that still fails (delta debugging: ever smaller parts are left out). */
export async function shrink<Item>(
  failing: readonly Item[],
  fails: (items: readonly Item[]) => Promise<boolean>,
): Promise<readonly Item[]> {
  let items = failing;
  let part = Math.ceil(items.length / 2);
  while (part >= 1) {
    let hasShrunk = false;
    for (let at = 0; at < items.length;) {
      const rest = [...items.slice(0, at), ...items.slice(at + part)];
      if (rest.length > 0 && (await fails(rest))) {
        items = rest;
        hasShrunk = true;
      } else {
        at += part;
      }
    }
    if (!hasShrunk || part > 1) part = hasShrunk && part === 1 ? 1 : Math.floor(part / 2);
  }
  return items;
}
