import type { FromWorker, ToWorker } from './messages.js';
import { createOfferedReports, type Reports } from './reports.js';

/** A worker's way to the primary. */
export interface PrimaryPort {
  send(message: FromWorker): void;
  listen(listener: (message: ToWorker) => void): void;
}

/** Longer than the primary waits for the workers. */
const patience = 2_000;

/** The reports of all workers, which the primary collects. */
export function workerReports(primary: PrimaryPort): Reports {
  const offered = createOfferedReports();
  const wanted = new Map<number, (reports: readonly string[]) => void>();
  let asked = 0;

  primary.listen((message) => {
    if (message.larder === 'collected') wanted.get(message.id)?.(message.reports);
    else void answer(message.id, message.subject, message.about);
  });

  async function answer(id: number, subject: string, about: string): Promise<void> {
    const report = await offered.make(subject, about).catch(() => undefined);
    primary.send({ larder: 'reported', id, report });
  }

  async function collected(subject: string, about: string): Promise<readonly string[] | undefined> {
    const id = asked++;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise((resolve) => {
        wanted.set(id, resolve);
        timer = setTimeout(resolve, patience, undefined);
        primary.send({ larder: 'wanted', id, subject, about });
      });
    } finally {
      clearTimeout(timer);
      wanted.delete(id);
    }
  }

  return {
    offer: offered.offer,
    async ofAll(subject, about = '') {
      const reports = await collected(subject, about);
      if (reports !== undefined && reports.length > 0) return reports;
      // Of a primary that says nothing, or heard of nobody in time, this process is left.
      return [await offered.make(subject, about)].filter((report) => report !== undefined);
    },
  };
}
