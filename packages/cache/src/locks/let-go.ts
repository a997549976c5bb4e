import type { LockKit } from './lock-kit.js';
import type { LockRequest } from './lock-request.js';

/** Whether it was still held; `undefined` where the store cannot say. Never rejects: it is the end of something else. */
export async function letGo({ lease, holder }: LockRequest, kit: LockKit): Promise<boolean | undefined> {
  try {
    const wasHeld = await kit.leases.release(lease, holder);
    if (wasHeld) kit.released(lease);
    return wasHeld;
  } catch (error) {
    kit.storeFailed(error as Error);
    return undefined;
  }
}
