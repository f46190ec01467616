/** One line per check, and the count at the end. */
let passed = 0;
let failed = 0;

/** Runs one check; what it throws is its failure. The next ones run all the same. */
export async function check(title, run) {
  try {
    await run();
    passed += 1;
    console.log(`  ✔ ${title}`);
  } catch (error) {
    failed += 1;
    console.log(`  ✘ ${title}\n      ${error.message.replaceAll('\n', '\n      ')}`);
  }
}

export function startPart(title) {
  console.log(`\n${title}`);
}

/** Prints the last line; resolves to whether everything passed. */
export function finish() {
  console.log(`\nSmoke: ${passed} passed, ${failed} failed`);
  return failed === 0;
}
