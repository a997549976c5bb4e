import { StoreError } from '../../../errors.js';
import { storeName } from '../redis-errors.js';

/** What `work` comes to, or a StoreError with this message if that takes longer. Its late failure is nobody's. */
export async function within<Result>(milliseconds: number, work: Promise<Result>, message: string): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StoreError(storeName, message)), milliseconds).unref();
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
