import { expect, it } from 'vitest';
import type { RestContext } from '../rest-context.js';

export function describeBatch({ callJson, json }: RestContext): void {
  it('POST /v1/batch runs its operations in order, each with its own result', async () => {
    const answer = await callJson('POST', '/v1/batch', {
      operations: [
        { op: 'set', key: 'a', value: { n: 1 }, ttl: 60 },
        { op: 'get', key: 'a' },
        { op: 'add', key: 'a', value: 2 },
        { op: 'exists', key: 'a' },
        { op: 'touch', key: 'a', ttl: 600 },
        { op: 'increment', key: 'n', by: 3 },
        { op: 'delete', key: 'a' },
        { op: 'get', key: 'a' },
        { op: 'fly', key: 'a' },
        { op: 'get', key: '' },
      ],
    });
    expect(answer.status).toBe(200);
    const { results } = json(answer);
    expect(results.map(({ status }: { status: number }) => status)).toEqual([
      201, 200, 412, 200, 200, 200, 204, 404, 400, 400,
    ]);
    expect(results[1]).toMatchObject({ value: { n: 1 }, ttl: 60 });
    expect(results[5]).toMatchObject({ value: 3 });
    expect(results[9]).toMatchObject({ code: 'invalid_key' });
  });
}
