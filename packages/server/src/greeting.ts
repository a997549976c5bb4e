import type { Config, StoreChoice } from './config.js';
import type { RunningService } from './start-service.js';

/** What a person reads at the start: where the service is, the key if it is new, and three lines to paste. */
export function greeting(
  { address, firstKey }: Pick<RunningService, 'address' | 'firstKey'>,
  { store, bootstrapKey, workers }: Config,
): string {
  const lines = [
    '',
    `Larder serves on ${address}${workers > 1 ? ` with ${workers} workers` : ''}, ${whereEntriesAre(store)}.`,
    '',
    ...keyLines(firstKey, bootstrapKey !== undefined),
    '',
    ...pasteLines(address, firstKey ?? (bootstrapKey === undefined ? '$LARDER_KEY' : '$LARDER_BOOTSTRAP_KEY')),
    '',
  ];
  return `${lines.join('\n')}\n`;
}

function whereEntriesAre(store: StoreChoice): string {
  switch (store.kind) {
    case 'memory':
      return 'in memory: nothing outlives it';
    case 'lmdb':
      return `and keeps its entries in ${store.path}`;
    case 'remote':
      return `and keeps its entries behind ${store.scheme}:`;
  }
}

function keyLines(firstKey: string | undefined, hasBootstrapKey: boolean): readonly string[] {
  if (firstKey !== undefined) return ['Your API key, shown this once and stored only as a hash:', '', `  ${firstKey}`];
  if (hasBootstrapKey) return ['It takes the API key in LARDER_BOOTSTRAP_KEY.'];
  return ['It takes the API key that was shown at the first start. Put it into LARDER_KEY to paste this:'];
}

function pasteLines(address: string, key: string): readonly string[] {
  const authorization = `-H "Authorization: Bearer ${key}"`;
  const url = `${address}/v1/cache/greeting`;
  return [
    `  curl -X PUT ${authorization} -H "Content-Type: text/plain" --data "hello" "${url}?ttl=3600"`,
    `  curl -i ${authorization} ${url}`,
    `  curl -X DELETE -i ${authorization} ${url}`,
  ];
}
