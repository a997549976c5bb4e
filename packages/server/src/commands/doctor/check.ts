/** What the doctor found about one thing. */
export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  /** What to do, where there is something to be done. */
  readonly advice?: string;
}

export function ok(name: string, detail: string): Check {
  return { name, status: 'ok', detail };
}

export function warning(name: string, detail: string, advice: string): Check {
  return { name, status: 'warning', detail, advice };
}

export function failed(name: string, detail: string, advice: string): Check {
  return { name, status: 'failed', detail, advice };
}

/** Whatever was thrown, as a sentence for people. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Rejects once so much time has passed: what hangs is as good as gone. */
export async function within<Result>(millis: number, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`It did not answer within ${millis / 1_000} s.`)), millis);
  });
  try {
    return await Promise.race([work, end]);
  } finally {
    clearTimeout(timer);
  }
}
