#!/usr/bin/env node
import { larder } from './commands/larder.js';

process.exitCode = await larder(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
});
