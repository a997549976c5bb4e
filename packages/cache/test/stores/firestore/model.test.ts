import { describeCacheModel } from '../../cache/cache-model.js';
import { firestoreSetting } from './setting.js';

describeCacheModel(firestoreSetting);
