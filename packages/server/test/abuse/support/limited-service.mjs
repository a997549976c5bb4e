// The built service with the limits of the environment instead of its own: a test need not wait as long as a client may.
import { readConfig } from '../../../dist/config.js';
import { defaultLimits } from '../../../dist/limits.js';
import { createLogger } from '../../../dist/logger.js';
import { startService } from '../../../dist/start-service.js';
import { reportsOfOneProcess } from '../../../dist/workers/reports.js';

const logger = createLogger('error', (line) => process.stderr.write(line), Date.now);
const limits = { ...defaultLimits, ...JSON.parse(process.env.LARDER_TEST_LIMITS) };
await startService(readConfig(process.env), { logger, reports: reportsOfOneProcess(), isFirst: true, limits });
