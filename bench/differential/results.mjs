/** The table in Markdown: a scenario a row, a library a column. */
export function resultsTable({ libraries, rows, redisVersion }) {
  const lines = [
    `Node.js ${process.version.slice(1)}, Redis ${redisVersion ?? '(missing)'} on the same machine. n/a: not applicable.`,
    'Larder keeps its entries in LMDB, and for the outages in Redis.',
    '',
    `| what must hold | ${libraries.map(({ name, version }) => `${name} ${version}`).join(' | ')} |`,
    `|---|${libraries.map(() => '---|').join('')}`,
    ...rows.map(({ sentence, cells }) => `| ${[sentence, ...cells.map(cellText)].map(escaped).join(' | ')} |`),
  ];
  return `${lines.join('\n')}\n`;
}

const words = { passes: '**passes**', fails: 'fails', 'not applicable': 'n/a', skipped: 'skipped' };

function cellText({ outcome, seen }) {
  return `${words[outcome]}: ${seen}`;
}

function escaped(text) {
  return text.replace(/\s+/g, ' ').replaceAll('|', '\\|');
}
