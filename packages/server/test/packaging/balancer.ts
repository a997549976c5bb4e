import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { end, freePort } from '../support/service-process.js';

/** Why no balancer can be started; `undefined` where it is installed. */
export const nginxIsMissing = spawnSync('nginx', ['-v']).status === 0 ? undefined : 'nginx is not installed';

export interface Balancer {
  readonly base: string;
  stop(): Promise<void>;
}

const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/**
 * nginx with the configuration of a site, which may name hosts and ports that are elsewhere here.
 *
 * @throws Error if one of them does not stand in it
 */
export async function startBalancer(
  site: string,
  places: Readonly<Record<string, string>>,
  folder: string,
): Promise<Balancer> {
  const port = await freePort();
  let text = site;
  for (const [there, here] of Object.entries({ 'listen 8080': `listen 127.0.0.1:${port}`, ...places })) {
    if (!text.includes(there)) throw new Error(`The balancer's configuration has no ${there}.`);
    text = text.replaceAll(there, here);
  }
  mkdirSync(folder);
  const file = join(folder, 'nginx.conf');
  const paths = temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ');
  const main = `user root; worker_processes 1; daemon off; pid ${folder}/pid; error_log ${folder}/errors; events {}`;
  writeFileSync(file, `${main}\nhttp { access_log off; ${paths}\n${text}\n}\n`);
  const child = spawn('nginx', ['-c', file, '-p', folder], { stdio: ['ignore', 'ignore', 'pipe'] });
  const printed: string[] = [];
  child.stderr.on('data', (data) => printed.push(String(data)));
  const base = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + 10_000;
  while (!(await fetch(base).catch(() => undefined))) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`nginx does not serve: ${printed.join('')}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { base, stop: async () => void (await end(child, 'SIGTERM')) };
}
