import type { FromWorker, ToWorker, Wanted } from './messages.js';

/** Adds the last report of a worker that has ended to what those before it left behind. */
export type Legacy = (left: string | undefined, last: string) => string;

export interface ReportDesk {
  joined(worker: number, send: (message: ToWorker) => void): void;
  heard(worker: number, message: FromWorker): void;
  left(worker: number): void;
}

interface Round {
  readonly subject: string;
  readonly reports: Map<number, string>;
  readonly missing: Set<number>;
  readonly finish: () => void;
}

/** How long a worker may take to report. */
const patience = 1_000;

/**
 * Where the primary collects what its workers report. For a subject with a legacy nothing that was once reported is ever
 * left out, so that sums do not fall: a worker that does not answer counts with its last report, and so does one that has
 * ended.
 */
export function createReportDesk(legacies: Readonly<Record<string, Legacy>>): ReportDesk {
  const workers = new Map<number, (message: ToWorker) => void>();
  const rounds = new Map<number, Round>();
  /** By subject, of each worker. */
  const latest = new Map<string, Map<number, string>>();
  const left = new Map<string, string>();
  let lastRound = 0;

  function collect(worker: number, { id, subject, about }: Wanted): void {
    const round = lastRound++;
    const reports = new Map<number, string>();
    const timer = setTimeout(finish, patience);
    function finish(): void {
      clearTimeout(timer);
      rounds.delete(round);
      const all = legacies[subject] === undefined ? [...reports.values()] : everReported(subject);
      workers.get(worker)?.({ larder: 'collected', id, reports: all });
    }
    rounds.set(round, { subject, reports, missing: new Set(workers.keys()), finish });
    for (const send of workers.values()) send({ larder: 'asked', id: round, subject, about });
  }

  function everReported(subject: string): readonly string[] {
    const ofThoseThatLeft = left.get(subject);
    return [...(latest.get(subject)?.values() ?? []), ...(ofThoseThatLeft === undefined ? [] : [ofThoseThatLeft])];
  }

  function settle(worker: number, id: number, report?: string): void {
    const round = rounds.get(id);
    if (round === undefined || !round.missing.delete(worker)) return;
    if (report !== undefined) {
      round.reports.set(worker, report);
      if (legacies[round.subject] !== undefined) keepLatest(round.subject, worker, report);
    }
    if (round.missing.size === 0) round.finish();
  }

  function keepLatest(subject: string, worker: number, report: string): void {
    const known = latest.get(subject) ?? new Map<number, string>();
    latest.set(subject, known.set(worker, report));
  }

  return {
    joined: (worker, send) => void workers.set(worker, send),
    heard(worker, message) {
      if (message.larder === 'wanted') collect(worker, message);
      else if (message.larder === 'reported') settle(worker, message.id, message.report);
    },
    left(worker) {
      workers.delete(worker);
      for (const [subject, legacy] of Object.entries(legacies)) {
        const last = latest.get(subject)?.get(worker);
        if (last !== undefined) left.set(subject, legacy(left.get(subject), last));
        latest.get(subject)?.delete(worker);
      }
      for (const id of [...rounds.keys()]) settle(worker, id);
    },
  };
}
