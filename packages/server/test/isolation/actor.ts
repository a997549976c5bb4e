import { isDeepStrictEqual } from 'node:util';
import type { Random } from '@larder/cache/testing';
import { type Answer, type Client, httpClient } from '../support/http-client.js';
import type { TenantModel } from './model.js';

/** One tenant, and what only it has done. */
export interface Actor {
  readonly id: string;
  /** Stands in all that it writes. */
  readonly mark: number;
  readonly model: TenantModel;
  readonly peer: () => Actor;
  /** Keys that both of the pair use, and some that only this one writes to. */
  readonly keys: readonly string[];
  readonly random: Random;
  readonly full: ApiKeyHolder;
  /** For keys that begin with `prefix` only. */
  readonly narrow: ApiKeyHolder & { readonly prefix: string };
  readonly admin: Client;
  hold(key: { id: string; key: string }): ApiKeyHolder;
}

export interface ApiKeyHolder {
  client: Client;
  id: string;
  text: string;
}

/** A row of the table runs with the key that its tenant and the other one use in this round. */
export interface Row {
  readonly covers: readonly string[];
  readonly weight: number;
  /** Resolves with how many answers were held against the model. */
  run(actor: Actor, key: string): Promise<number>;
}

export class Leak extends Error {}

const json = { 'Content-Type': 'application/json' };

export function holder(port: number, { id, key }: { id: string; key: string }): ApiKeyHolder {
  return { client: httpClient(port, key), id, text: key };
}

export async function call(
  actor: Actor,
  method: string,
  path: string,
  options: { body?: string; headers?: Record<string, string> } = {},
  client: Client = actor.full.client,
): Promise<Answer> {
  const answer = await client.send(method, path, options);
  refuseForeignMarks(actor, answer, `${method} ${path}`);
  return answer;
}

export function callJson(
  actor: Actor,
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return call(actor, method, path, { body: JSON.stringify(body), headers: { ...json, ...headers } });
}

/** The model is one witness; that no answer ever holds what another tenant has written is a second. */
function refuseForeignMarks(actor: Actor, { body, headers }: Answer, what: string): void {
  const text = `${body.toString('latin1')} ${headers.etag ?? ''}`;
  for (const [, mark] of text.matchAll(/<mark-(\d+)>/g)) {
    if (Number(mark) !== actor.mark) throw new Leak(`${what} of ${actor.id} shows what tenant ${mark} has written`);
  }
}

/** @throws Leak unless both are the same */
export function same(actor: Actor, what: string, actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) return;
  const told = `got ${JSON.stringify(actual)}, and alone it would have got ${JSON.stringify(expected)}`;
  throw new Leak(`tenant ${JSON.stringify(actor.id)}, ${what}: ${told.slice(0, 2_000)}`);
}

export const pick = <T>(random: Random, choices: readonly T[]): T =>
  choices[Math.floor(random() * choices.length)] as T;

let written = 0;

/** A value that no other write has, mostly text, sometimes a number. */
export function newValue({ mark, random }: Actor): string {
  const number = ++written;
  return random() < 0.3 ? String(mark * 1e10 + number) : `<mark-${mark}>${number}`;
}

export const parsed = (answer: Answer) => JSON.parse(answer.body.toString());

export function etagOf({ headers }: Answer): string {
  return String(headers.etag);
}

/** The same entry under one of its addresses. */
export function entryPath({ random }: Actor, key: string): string {
  const way = random();
  if (way < 0.5) return `/v1/cache/${encodeURIComponent(key)}`;
  if (way < 0.75) return `/cache/${encodeURIComponent(key)}`;
  return `/v1/b64/${Buffer.from(key).toString('base64url')}`;
}
