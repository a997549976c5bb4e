// `npm run simulate`: 10,000 seeds of the simulator, or SIMULATE_SEEDS of them from SIMULATE_FIRST on.
import { runTool } from './run-step.mjs';

process.env.SIMULATE_SEEDS ??= '10000';
process.exitCode = runTool('vitest', ['run', 'packages/cache/test/simulator']) ? 0 : 1;
