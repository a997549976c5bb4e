// The first half of `npm start`: installs what is missing. A container's layers need it by itself.
import { installIfNeeded, refuseOldNode } from './run-step.mjs';

refuseOldNode();
process.exitCode = installIfNeeded() ? 0 : 1;
