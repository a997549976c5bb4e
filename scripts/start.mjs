// `npm start`: installs what is missing, builds, and becomes the service.
import { build, installIfNeeded, refuseOldNode, root } from './run-step.mjs';

refuseOldNode();
if (!installIfNeeded() || !build()) process.exit(1);
process.argv[1] = `${root}packages/server/dist/main.js`;
await import('../packages/server/dist/main.js');
