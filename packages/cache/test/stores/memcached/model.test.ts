import { describeCacheModel } from '../../cache/cache-model.js';
import { onMemcached } from './settings.js';

for (const setting of onMemcached) describeCacheModel(setting);
