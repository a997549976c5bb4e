import { readFile } from 'node:fs/promises';
import { type Client, httpClient } from './http-client.js';

/** The numbers of the processes that a process has started (Linux). */
export async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(' ').filter(Boolean).map(Number);
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Clients whose one connection goes to a worker each, no two to the same. */
export async function clientsOfDifferentWorkers(port: number, count: number): Promise<Client[]> {
  const byWorker = new Map<string, Client>();
  // The first worker answers before the others are there.
  const deadline = performance.now() + 20_000;
  while (byWorker.size < count && performance.now() < deadline) {
    const client = httpClient(port);
    const worker = await workerBehind(client);
    if (byWorker.has(worker)) client.close();
    else byWorker.set(worker, client);
  }
  if (byWorker.size < count) throw new Error(`There are ${byWorker.size} workers to be reached, and not ${count}.`);
  return [...byWorker.values()];
}

/** The ids of requests begin with what is random for each process. */
async function workerBehind(client: Client): Promise<string> {
  const { body } = await client.send('GET', '/nowhere');
  return JSON.parse(body.toString()).requestId.split('-')[0];
}
