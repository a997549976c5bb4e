import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const running = new Set();
// Also where the parent ends early.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Processes that run the same program, each with an argument of its own. */
export class ChildGroup {
  #children;

  /** Starts them, one after the other so that none waits for the others' compilers, until each says that it is ready. */
  static async start(program, configs) {
    const group = new ChildGroup();
    group.#children = [];
    for (const config of configs) {
      const path = fileURLToPath(new URL(`children/${program}.mjs`, import.meta.url));
      const child = fork(path, [JSON.stringify(config)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      running.add(child);
      child.once('exit', () => running.delete(child));
      group.#children.push(child);
      await messageOf(child, 'ready');
    }
    return group;
  }

  /** Calls `listener` with every message of that type, and the child that sent it. */
  on(type, listener) {
    for (const child of this.#children)
      child.on('message', (message) => message.type === type && listener(message, child));
  }

  /** Asks all, or the one at `at`; resolves with their answers, `undefined` from those that ended. */
  ask(question, at) {
    const asked = at === undefined ? this.#children : [this.#children[at]];
    return Promise.all(
      asked.map((child) => {
        const answered = messageOf(child, 'answer');
        child.send(question);
        return answered;
      }),
    );
  }

  async stop() {
    await Promise.all(this.#children.map(end));
  }
}

function messageOf(child, type) {
  return new Promise((resolve) => {
    const heard = (message) => {
      if (message.type !== type) return;
      child.off('message', heard);
      resolve(message);
    };
    child.on('message', heard);
    child.once('exit', () => resolve(undefined));
  });
}

export async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
