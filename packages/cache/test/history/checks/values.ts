import type { CallRecord, History, Seen } from '../history.js';
import type { Finding, Judgement } from './finding.js';

export function keyOf({ key, by, number }: Seen): string {
  return `${key} (${by} #${number})`;
}

/** Every value that was read was loaded, or set, for the key that was asked for. */
export function inventedValues(history: History): Judgement {
  const written = new Set<string>();
  for (const { by, number } of history.loads) written.add(`${by} loaded ${number}`);
  for (const { call, by, number } of history.calls) if (call === 'set') written.add(`${by} set ${number}`);
  const findings: Finding[] = [];
  for (const read of history.calls) {
    for (const seen of read.seen ?? []) {
      const fault = whatIsWrong(read, seen, written, history);
      if (fault !== undefined)
        findings.push({ name: 'invented-value', text: `${read.by} ${read.call} read ${keyOf(seen)}: ${fault}` });
    }
  }
  return { findings };
}

function whatIsWrong(read: CallRecord, seen: Seen, written: ReadonlySet<string>, { killed }: History) {
  if (!read.keys.includes(seen.key)) return `asked for ${read.keys.join(', ')}`;
  if (seen.at > read.end) return 'it came into being after it was read';
  // What a process did right before it was killed is not in the history.
  if (written.has(`${seen.by} ${seen.origin} ${seen.number}`) || killed.has(seen.by)) return undefined;
  return 'nobody wrote it';
}
