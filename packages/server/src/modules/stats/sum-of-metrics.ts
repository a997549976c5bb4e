/** One metric in the text format of Prometheus, with what several processes say of it. */
interface Family {
  readonly heading: string[];
  type: string;
  /** By name and labels, in the order in which they came. */
  readonly samples: Map<string, number>;
}

/** Values that say when, or in which state: the sum of two of them says nothing. */
const notAdded = /_(?:info|state|ratio|uptime_seconds|delay_seconds|delay_max_seconds|start_time_seconds)$/;

/** What several processes say in the text format of Prometheus, as if one had said it: numbers are added. */
export function sumOfMetrics(texts: readonly string[]): string {
  if (texts.length === 1) return texts[0] as string;
  return textOf(families(texts));
}

/** What is left of the metrics of a process that has ended: its counts. What it had is gone. */
export function countsAlone(text: string): string {
  const counts = [...families([text])].filter(([, { type }]) => type !== 'gauge');
  return textOf(new Map(counts));
}

function families(texts: readonly string[]): Map<string, Family> {
  const found = new Map<string, Family>();
  for (const text of texts) {
    let name = '';
    for (const line of text.split('\n')) {
      const [, word, named, rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
      if (named !== undefined) {
        name = named;
        const family = familyIn(found, name);
        if (word === 'TYPE') family.type = rest;
        if (!family.heading.includes(line)) family.heading.push(line);
      } else if (line !== '' && !line.startsWith('#')) {
        addSample(line, name, found);
      }
    }
  }
  return found;
}

function addSample(line: string, heading: string, found: Map<string, Family>): void {
  const [, sample = '', own = '', number] = /^(([^\s{]+)(?:\{.*\})?) (\S+)/.exec(line) ?? [];
  const value = Number(number);
  if (!Number.isFinite(value)) return;
  const name = own.startsWith(heading) && heading !== '' ? heading : own;
  const { samples } = familyIn(found, name);
  const before = samples.get(sample);
  samples.set(sample, before === undefined ? value : notAdded.test(name) ? Math.max(before, value) : before + value);
}

function familyIn(found: Map<string, Family>, name: string): Family {
  const family = found.get(name) ?? { heading: [], type: 'untyped', samples: new Map<string, number>() };
  found.set(name, family);
  return family;
}

function textOf(found: ReadonlyMap<string, Family>): string {
  const lines = [...found.values()].flatMap(({ heading, samples }) => [
    ...heading,
    ...Array.from(samples, ([sample, value]) => `${sample} ${value}`),
  ]);
  return `${lines.join('\n')}\n`;
}
