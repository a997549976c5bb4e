#!/usr/bin/env node
import { setTimeout as after } from 'node:timers/promises';
import { larder } from './commands/larder.js';

const interruption = new AbortController();
const { signal: interrupted } = interruption;

// Whoever reads along, such as head, may have seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await larder(process.argv.slice(2), {
  out: (content) => process.stdout.write(content),
  error: (text) => process.stderr.write(text),
  environment: process.env,
  input: process.stdin,
  inputIsTerminal: process.stdin.isTTY === true,
  outputIsTerminal: process.stdout.isTTY === true,
  get interrupted() {
    // Only for those who ask: otherwise the signal ends the process, as it always does.
    if (process.listenerCount('SIGINT') === 0) process.once('SIGINT', () => interruption.abort());
    return interrupted;
  },
  now: Date.now,
  wait: (millis) => after(millis, undefined, { signal: interrupted }).catch(() => {}),
});
