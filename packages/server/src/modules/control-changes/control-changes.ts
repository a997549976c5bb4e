import type { Cache } from '@larder/cache';
import { errorFields, type Logger } from '../../logger.js';

/** The record of an API key or of a tenant was changed or removed. */
export type ControlChange = { readonly apiKey: string } | { readonly tenant: string };

export interface ControlListener {
  apiKey(id: string): void;
  tenant(id: string): void;
}

/** Tells all processes of the service which records to read anew. Who hears nothing reads them within five seconds. */
export interface ControlChanges {
  /** Resolves when the others are being told, or cannot be. */
  tell(change: ControlChange): Promise<void>;
  hear(listener: ControlListener): void;
}

const channelName = 'control-changes';

/** @param channel - reaches the other processes; `undefined` where there is no way to them */
export function createControlChanges(
  channel: Pick<Cache, 'publish' | 'subscribe'> | undefined,
  logger: Logger,
): ControlChanges {
  const listeners: ControlListener[] = [];
  function apply(change: ControlChange): void {
    for (const listener of listeners) {
      if ('apiKey' in change) listener.apiKey(change.apiKey);
      else listener.tenant(change.tenant);
    }
  }
  channel?.subscribe<ControlChange>(channelName, apply);
  return {
    async tell(change) {
      apply(change);
      try {
        await channel?.publish(channelName, change);
      } catch (error) {
        logger.warn('the other processes could not be told of a change: they find it within five seconds', {
          ...errorFields(error),
        });
      }
    },
    hear(listener) {
      listeners.push(listener);
    },
  };
}
