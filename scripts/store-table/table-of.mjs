const suiteName = /^the store contract: (.+)$/;
const skippedBecause = /\(skipped: (.+)\)$/;

/**
 * The results of the contract suite, as vitest's JSON reporter gives them, as a Markdown table: a row for each section
 * of the contract, a column for each store. A cell is the number of sentences that held, and why others were not asked.
 */
export function tableOf({ testResults }) {
  const stores = new Map();
  const sections = new Set();
  const notes = new Map();
  for (const { ancestorTitles, title, status } of testResults.flatMap((file) => file.assertionResults)) {
    const [store, section] = placeOf(ancestorTitles);
    if (store === undefined) continue;
    sections.add(section);
    const cell = cellOf(stores, store, section);
    if (status === 'passed') cell.passed++;
    else if (status === 'failed') cell.failed++;
    else cell.reasons.add(skippedBecause.exec(title)?.[1] ?? skippedBecause.exec(ancestorTitles[0])?.[1] ?? 'not run');
  }
  const columns = [...stores.keys()].sort();
  const rows = [...sections].map((section) => {
    const cells = columns.map((store) => textOf(stores.get(store).get(section), notes));
    return `| ${section} | ${cells.join(' | ')} |`;
  });
  const footnotes = [...notes].map(([reason, number]) => `${number}. ${reason}`);
  return [`| | ${columns.join(' | ')} |`, `|---|${columns.map(() => '---|').join('')}`, ...rows, '', ...footnotes].join(
    '\n',
  );
}

function placeOf(ancestorTitles) {
  const at = ancestorTitles.findIndex((title) => suiteName.test(title));
  return at < 0 ? [] : [suiteName.exec(ancestorTitles[at])[1], ancestorTitles[at + 1] ?? 'the suite'];
}

function cellOf(stores, store, section) {
  if (!stores.has(store)) stores.set(store, new Map());
  const cells = stores.get(store);
  if (!cells.has(section)) cells.set(section, { passed: 0, failed: 0, reasons: new Set() });
  return cells.get(section);
}

function textOf(cell, notes) {
  if (cell === undefined) return '';
  const { passed, failed, reasons } = cell;
  if (failed > 0) return `**${failed} failed**`;
  const numbers = [...reasons].map((reason) => {
    if (!notes.has(reason)) notes.set(reason, notes.size + 1);
    return notes.get(reason);
  });
  const missing = numbers.length === 0 ? '' : ` (not: ${numbers.join(', ')})`;
  return passed === 0 ? `unsupported${missing.replace('not: ', '')}` : `${passed} passed${missing}`;
}
