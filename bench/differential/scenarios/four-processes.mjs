import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const caller = fileURLToPath(new URL('../cold-key-caller.mjs', import.meta.url));

export const scenario = {
  sentence: 'four processes ask for one cold key on a shared store: one load',
  needs: ['getOrSet', 'backEnd'],
  redis: 'running',
  async run(library, { backEnd }) {
    const startAt = Date.now() + 3_000;
    const callers = Array.from({ length: 4 }, () => ask(library.file, backEnd, startAt));
    const loads = (await Promise.all(callers)).reduce((sum, own) => sum + own, 0);
    return { passed: loads === 1, seen: loads === 1 ? 'one load' : `${loads} loads` };
  },
};

function ask(file, backEnd, startAt) {
  const child = fork(caller, [file, JSON.stringify(backEnd), String(startAt)], { stdio: 'ignore' });
  return new Promise((resolve, reject) => {
    child.once('message', ({ loads }) => resolve(loads));
    child.once('exit', () => reject(new Error('a process ended before it had an answer')));
  });
}
