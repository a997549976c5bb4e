import { describedCommand } from './described-command.js';
import { serve } from './serve.js';

export const { command: serveCommand } = describedCommand(
  {
    name: 'serve',
    summary: 'starts the service, and lets it run until SIGTERM or Ctrl-C',
    operands: [],
    options: {
      workers: { type: 'string', value: 'N', description: 'so many processes on one port; goes before LARDER_WORKERS' },
    },
    notes: ['Everything is set by the environment (LARDER_PORT, LARDER_STORE, …) and larder.yaml: docs/service.md.'],
    examples: ['LARDER_PORT=9000 LARDER_STORE=lmdb:./data larder serve', 'larder serve --workers 2'],
  },
  // What stands on the command line goes before the environment.
  ({ options: { workers } }, { environment }) =>
    serve(workers === undefined ? environment : { ...environment, LARDER_WORKERS: workers }),
);
