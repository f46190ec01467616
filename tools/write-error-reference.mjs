// Writes docs/reference/errors.md from the error table, or with --check fails when the page is not what the table says.
// Run from source: node --import ./tools/swc-register.mjs --conditions=@memkit/source tools/write-error-reference.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { errorCauses } from './error-causes.mjs';

const page = fileURLToPath(new URL('../docs/reference/errors.md', import.meta.url));

/** @param {Record<string, { title: string, retryable: boolean, hint: string }>} table */
export function renderErrorReference(table) {
  const sections = Object.entries(table).map(([name, { title, retryable, hint }]) => {
    const causes = (errorCauses[name] ?? []).map((cause) => `- ${cause}\n`).join('');
    const retry = retryable ? 'It may, later.' : 'No.';
    return `## MEMCACHE_${name}\n\n${title}.\n\nWhen it comes:\n\n${causes}\nDoes retrying the same call help? ${retry}\n\nWhat to do: ${hint}\n`;
  });
  return `# Errors

Every failure is a \`MemcacheError\`. Decide by \`error.code\` or \`error.retryable\`; the message names what could not be
done, the key, the server, the numbers that decided it and what to do. \`isMemcacheError(error)\` works across two
installed copies of the package. A miss is not an error: it is \`undefined\`. "What to do" is the advice when nothing more
is known; a message gives closer advice where it can.

<!-- Generated from packages/protocol/src/errors/error-codes.ts and tools/error-causes.mjs by tools/write-error-reference.mjs. -->

${sections.join('\n')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { errorCodes } = await import('@memkit/protocol');
  const text = renderErrorReference(errorCodes);
  if (!process.argv.includes('--check')) writeFileSync(page, text);
  else if (readFileSync(page, 'utf8') !== text) {
    console.error('docs/reference/errors.md differs from the error table. Run: npm run docs:errors');
    process.exitCode = 1;
  }
}
