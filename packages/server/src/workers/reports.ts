/** Says what this process knows of a subject; `about` narrows it down. */
export type Report = (about: string) => string | Promise<string>;

/** What the processes of one service say together: its workers, or the one process that it is. */
export interface Reports {
  /** From now on this process answers when somebody asks for `subject`. */
  offer(subject: string, report: Report): void;
  /** The answers of all processes, in no promised order. One that does not answer in time may be left out. */
  ofAll(subject: string, about?: string): Promise<readonly string[]>;
}

/** Of a service that is one process. */
export function reportsOfOneProcess(): Reports {
  const offered = createOfferedReports();
  return {
    offer: offered.offer,
    ofAll: async (subject, about = '') => [await offered.make(subject, about)].filter((report) => report !== undefined),
  };
}

/** The reports that one process can make. */
export interface OfferedReports extends Pick<Reports, 'offer'> {
  /** `undefined` for what it knows nothing of. */
  make(subject: string, about: string): Promise<string | undefined>;
}

export function createOfferedReports(): OfferedReports {
  const bySubject = new Map<string, Report>();
  return {
    offer: (subject, report) => void bySubject.set(subject, report),
    make: async (subject, about) => bySubject.get(subject)?.(about),
  };
}
