import { CommandFailure, type Surroundings, UsageError } from './command.js';
import { describedCommand } from './described-command.js';
import { exitCodes } from './exit-codes.js';
import { type ServiceClient, serviceClient, serviceOptions } from './service-client.js';
import { type Counts, type Sample, type Stats, statsBetween } from './stats-between.js';
import { statsBlock, statsLine } from './stats-text.js';

export const { command: stats } = describedCommand(
  {
    name: 'stats',
    summary: 'shows hits, misses, hit rate, writes, deletes and requests per second of the tenant of the API key',
    operands: [],
    options: {
      once: { type: 'boolean', description: 'shows the counts so far and ends' },
      interval: { type: 'string', value: 'seconds', description: 'how often; otherwise every second' },
      ...serviceOptions,
    },
    notes: [
      'Until Ctrl-C: in a terminal a table that is redrawn, otherwise a line each time, with --json a JSON document a line.\nThe counts are those of one process of the service since it started. Where a service has several, each answer may come\nfrom another one; then look at /metrics of each.',
    ],
    examples: ['larder stats', 'larder stats --once --json', 'larder stats --interval 10 --json >> stats.jsonl'],
  },
  async ({ options }, surroundings) => {
    const interval = intervalIn(options.interval ?? '1');
    const client = serviceClient(options, surroundings, surroundings.interrupted);
    const first = await sample(client, surroundings);
    if (options.once) {
      const found = statsBetween(undefined, first);
      surroundings.out(options.json ? `${JSON.stringify(found)}\n` : `${statsBlock(found)}\n`);
      return exitCodes.done;
    }
    const show = presenter(options.json, surroundings);
    let last = first;
    for (;;) {
      await surroundings.wait(interval);
      if (surroundings.interrupted.aborted) return exitCodes.done;
      const next = await nextSample(client, surroundings, options.json);
      if (next === undefined) continue;
      show(statsBetween(last, next));
      last = next;
    }
  },
);

function intervalIn(text: string): number {
  const seconds = /^\d{1,5}(?:\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (seconds >= 0.1) return seconds * 1_000;
  throw new UsageError('--interval is no number of seconds from 0.1 on: write --interval 10.');
}

async function sample(client: ServiceClient, { now }: Surroundings): Promise<Sample> {
  const counts = await client.json<Counts & { readonly since: string }>({ method: 'GET', path: '/v1/stats' });
  return { at: now(), counts };
}

/** A service that is restarted is waited for; `undefined` until it answers. */
async function nextSample(
  client: ServiceClient,
  surroundings: Surroundings,
  asJson: boolean,
): Promise<Sample | undefined> {
  try {
    return await sample(client, surroundings);
  } catch (error) {
    if (!(error instanceof CommandFailure) || error.exitCode !== exitCodes.unreachable) throw error;
    if (surroundings.interrupted.aborted) return undefined;
    const { message, code, exitCode } = error;
    surroundings.error(asJson ? `${JSON.stringify({ error: { code, message, exitCode } })}\n` : `${message}\n`);
    return undefined;
  }
}

function presenter(asJson: boolean, { out, outputIsTerminal, environment }: Surroundings): (found: Stats) => void {
  if (asJson) return (found) => out(`${JSON.stringify(found)}\n`);
  if (!outputIsTerminal || environment.TERM === 'dumb') return (found) => out(`${statsLine(found)}\n`);
  let drawn = 0;
  return (found) => {
    const block = statsBlock(found);
    out(`${drawn === 0 ? '' : `\u001b[${drawn}A\u001b[J`}${block}\n`);
    drawn = block.split('\n').length;
  };
}
