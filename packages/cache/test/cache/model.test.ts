import { describeCacheModel } from './cache-model.js';
import { settingsWithRedis } from './settings.js';

for (const setting of settingsWithRedis) describeCacheModel(setting);
