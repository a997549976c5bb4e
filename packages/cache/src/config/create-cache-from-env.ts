import { createCache } from '../cache/create-cache.js';
import type { Cache } from '../contracts/cache.js';
import type { Environment } from './interpolate.js';
import { type ReadConfigOptions, readConfig } from './read-config.js';

/**
 * Makes the cache that `larder.yaml` and the environment describe (docs/configuration.md). The environment goes before
 * the file. Its namespaces have the defaults that are configured for them, or ready-made: `cache.namespace('session')`.
 *
 * @throws InvalidConfigError that tells every unknown name and wrong value, with its line and an example
 * @throws ClientMissingError if there is a file, and the package "yaml" is not installed
 * @example
 * ```ts
 * const cache = await createCacheFromEnv(); // LARDER_STORE=lmdb:./.larder
 * const sessions = cache.namespace('session'); // a day, unless larder.yaml says otherwise
 * ```
 */
export async function createCacheFromEnv<Values = unknown>(
  environment: Environment = process.env,
  options: ReadConfigOptions = {},
): Promise<Cache<Values>> {
  const { choice, options: cacheOptions } = await readConfig(environment, options);
  const store = await choice.open?.();
  if (store === undefined) return createCache<Values>(cacheOptions);
  try {
    return createCache<Values>({ ...cacheOptions, store });
  } catch (error) {
    await store.close();
    throw error;
  }
}
