import { setTimeout as elapsed } from 'node:timers/promises';
import { type Random, seededRandom } from '../../src/testing/seeded-random.js';
import { checkHistory } from '../history/check-history.js';
import { startRedis } from '../servers/redis.js';
import { bounds, counterCount } from './bounds.js';
import { type Fault, faults, partialFaults, type World } from './faults.js';
import { HistoryBook, instant } from './history-book.js';
import { CampaignReport } from './report.js';
import { Worker, type WorkerOptions, type Workload } from './worker-process.js';

export interface CampaignOptions {
  readonly seed: number;
  /** How many faults, one after the other; each kind comes as often as any other. */
  readonly rounds: number;
  readonly workers: number;
  readonly workload: Pick<Workload, 'lanes' | 'pause'>;
  readonly progress?: (line: string) => void;
}

/** Processes that differ: in what an error means to them, in their clocks, and in whether they have memory. */
const workerKinds: readonly WorkerOptions[] = [
  { onStoreError: 'degrade' },
  { onStoreError: 'throw', clockOffset: 3 * 60_000 },
  { onStoreError: 'degrade', memory: false },
  { onStoreError: 'degrade', clockOffset: -3 * 60_000 },
  { onStoreError: 'throw' },
  { onStoreError: 'throw', memory: false, clockOffset: 60_000 },
  { onStoreError: 'degrade' },
  { onStoreError: 'throw', clockOffset: -10 * 60_000 },
];

/** Everything that Redis acknowledges is handed to the system first, so a kill loses nothing that was acknowledged. */
const durable = ['--appendonly', 'yes', '--appendfsync', 'no'];

/** How many rounds have keys of their own, and are judged by themselves: what bounds the memory of a long campaign. */
const roundsPerChapter = 11;
/** How long everything is judged by the bound of calm times after a fault has healed. */
const calmMillis = 2_500;
/** How long one round takes on an average. */
export const roundMillis = bounds.heal + calmMillis + 2_000;

const counters = Array.from({ length: counterCount }, (_, at) => `n${at}`);

/** Real processes on a real Redis through real sockets, all of which fail in turn; and what came of it. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignReport> {
  const { seed, workers: count, workload, rounds } = options;
  const random = seededRandom(seed);
  const book = new HistoryBook();
  const report = new CampaignReport(seed);
  const redis = await startRedis(durable);
  const workers: Worker[] = [];
  try {
    for (let number = 0; number < count; number++) {
      const kind = workerKinds[number % workerKinds.length] as WorkerOptions;
      workers.push(await Worker.start(redis.port, number, kind, { ...workload, seed }, book));
    }
    const deck = dealer(faults, random);
    for (let from = 0, chapter = 1; from < rounds; from += roundsPerChapter, chapter++) {
      const own = Math.min(roundsPerChapter, rounds - from);
      await runChapter({ redis, workers, chapter: `chapter${chapter}`, random }, own, deck, book, report, options);
    }
  } finally {
    redis.thaw();
    await Promise.all(workers.map((worker) => worker.stop()));
    await redis.stop();
    book.close();
  }
  return report;
}

async function runChapter(
  world: World,
  rounds: number,
  deal: () => Fault,
  book: HistoryBook,
  report: CampaignReport,
  { progress }: CampaignOptions,
): Promise<void> {
  const { workers, chapter, random } = world;
  for (const worker of workers) worker.begin(chapter);
  await elapsed(calmMillis);
  for (let round = 0; round < rounds; round++) {
    const struck = [deal()];
    // Now and then two at once.
    if (random() < 0.25) struck.push(partialFaults[Math.floor(random() * partialFaults.length)] as Fault);
    await Promise.all(struck.map((fault) => strike(fault, world, book)));
    progress?.(`${chapter}: ${struck.map(({ kind }) => kind).join(', and ')}`);
    await elapsed(bounds.heal + calmMillis);
  }
  await Promise.all(workers.map((worker) => worker.finish()));
  const sums = await finalSums(workers);
  const history = book.endChapter(sums);
  const verdict = checkHistory(history);
  report.add(history, verdict);
  for (const { name, text } of verdict.findings.slice(0, 5)) progress?.(`${chapter}: ${name}: ${text}`);
}

async function strike(fault: Fault, world: World, book: HistoryBook): Promise<void> {
  const start = instant();
  const result = await fault.happen(world);
  book.fault({ kind: fault.kind, start, end: instant(), ...result });
}

async function finalSums(workers: readonly Worker[]): Promise<Map<string, number | undefined>> {
  for (const worker of workers) {
    const values = await worker.sums(counters);
    if (values !== undefined) return new Map(counters.map((key, at) => [key, values[at]]));
  }
  return new Map();
}

/** All of them in a random order, and again in another. */
function dealer(all: readonly Fault[], random: Random): () => Fault {
  let left: Fault[] = [];
  return () => {
    if (left.length === 0) left = [...all];
    return left.splice(Math.floor(random() * left.length), 1)[0] as Fault;
  };
}
