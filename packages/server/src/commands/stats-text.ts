import type { Stats } from './stats-between.js';
import { inColumns, printable } from './text.js';

/** A line of a log. */
export function statsLine({ at, total, perSecond, hitRate }: Stats): string {
  const { hits, misses, writes, deletes } = perSecond ?? total;
  const counts = `hits ${hits}  misses ${misses}  hit rate ${percent(hitRate)}  writes ${writes}  deletes ${deletes}`;
  const requests = perSecond === null ? 'since the start' : `requests/s ${perSecond.requests}`;
  return `${at.slice(11, 19)}  ${counts}  ${requests}`;
}

/** The table that a terminal shows. */
export function statsBlock({ since, total, perSecond, hitRate }: Stats): string {
  const row = (name: 'hits' | 'misses' | 'writes' | 'deletes') => [
    name,
    String(total[name]).padStart(14),
    perSecond === null ? '' : String(perSecond[name]).padStart(10),
  ];
  const rows = [
    ['', 'in all'.padStart(14), perSecond === null ? '' : 'a second'.padStart(10)],
    ...(['hits', 'misses', 'writes', 'deletes'] as const).map(row),
    ...(perSecond === null ? [] : [['requests', ''.padStart(14), String(perSecond.requests).padStart(10)]]),
    ['hit rate', percent(hitRate).padStart(14)],
  ];
  return `${inColumns(rows)}\nsince ${printable(since)}`;
}

function percent(rate: number | null): string {
  return rate === null ? '-' : `${(rate * 100).toFixed(1)} %`;
}
