/** Summaries -> the tables people read (Markdown, so that they can be pasted). */

const COLUMNS = [
  ['client', ({ client }) => client],
  ['ops/s', ({ opsPerSecond }) => whole(opsPerSecond)],
  ['of raw', ({ shareOfRaw }) => decimals(shareOfRaw, 2)],
  ['p50 ms', ({ p50Ms }) => decimals(p50Ms, 3)],
  ['p99 ms', ({ p99Ms }) => decimals(p99Ms, 3)],
  ['CPU µs/op', ({ cpuMicros }) => decimals(cpuMicros, 2)],
  ['peak RSS MB', ({ rssMegabytes }) => whole(rssMegabytes)],
  ['wrong', ({ looked, wrong }) => (looked > 0 ? whole(wrong) : '')],
  ['notes', notesOf],
];

function notesOf({ looked, wrong, missed, failed, error, mark }) {
  const notes = [];
  if (mark !== undefined) notes.push(mark);
  if (wrong > 0) notes.push(`${whole(wrong)} of ${whole(looked)} values looked at are WRONG`);
  if (missed > 0) notes.push(`${Math.round((100 * missed) / looked)} % missed`);
  if (failed > 0) notes.push(`${whole(failed)} failed`);
  if (error !== undefined) notes.push(error);
  return notes.join('; ');
}

/** @param {ReturnType<typeof import('./summary.mjs').summarize>} summary */
export function showWorkload({ workload, bestRaw, rows, verdicts }) {
  const table = workload.operation === 'ring' ? errorsOf(rows) : [showTable(COLUMNS, marked(rows, bestRaw)), ''];
  return [
    `### ${workload.title}`,
    '',
    ...table,
    ...verdicts.map((verdict) => `- memkit: ${showVerdict(verdict)}`),
  ].join('\n');
}

/** Nobody else is asked for its ring, so that there is no table, but what went wrong must show. */
function errorsOf(rows) {
  return rows.flatMap(({ error }) => error ?? []);
}

function marked(rows, bestRaw) {
  return rows.map((row) => (row.client === bestRaw ? { ...row, mark: 'the ceiling' } : row));
}

function showVerdict({ name, reached, wanted, isMet, range }) {
  const places = Number.isInteger(wanted) && Number.isInteger(reached) ? 0 : wanted < 1 ? 3 : 2;
  const sign = name === 'share of raw' ? '≥' : '≤';
  const rounds = range === undefined ? '' : ` (rounds ${range.map((share) => decimals(share, 2)).join(' to ')})`;
  return `${name} ${decimals(reached, places)}${rounds}, target ${sign} ${decimals(wanted, places)}: ${isMet ? 'pass' : 'MISS'}`;
}

/** All targets at once. */
export function showTargets(summaries) {
  const lines = summaries.flatMap(({ workload, verdicts }) => verdicts.map((verdict) => ({ workload, verdict })));
  const columns = [
    ['workload', ({ workload }) => workload.title],
    ['memkit', ({ verdict }) => showVerdict(verdict)],
  ];
  const met = lines.filter(({ verdict }) => verdict.isMet).length;
  return `${showTable(columns, lines)}\n\n${met} of ${lines.length} targets met.`;
}

/** Rows as a Markdown table; the first and the last column are text. */
export function showTable(columns, rows) {
  const cells = [columns.map(([name]) => name), ...rows.map((row) => columns.map(([, show]) => show(row)))];
  const widths = columns.map((_, column) => Math.max(...cells.map((line) => line[column].length)));
  const isText = (column) => column === 0 || column === columns.length - 1;
  const lines = cells.map((line) => {
    const padded = line.map((text, column) =>
      isText(column) ? text.padEnd(widths[column]) : text.padStart(widths[column]),
    );
    return `| ${padded.join(' | ')} |`;
  });
  const rule = `| ${widths.map((width, column) => '-'.repeat(width - (isText(column) ? 0 : 1)) + (isText(column) ? '' : ':')).join(' | ')} |`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

export function whole(number) {
  return number === undefined ? '' : Math.round(number).toLocaleString('en-US');
}

export function decimals(number, places) {
  return number === undefined ? '' : number.toFixed(places);
}
