import { Validator } from '@seriousme/openapi-schema-validator';
import { afterEach, describe, expect, it } from 'vitest';
import { type AppInProcess, startApp } from './support/app-in-process.js';
import { complaintAbout, document } from './support/described-answers.js';
import type { Answer } from './support/http-client.js';

describe('/openapi.json', () => {
  let app: AppInProcess;
  afterEach(() => app?.close());

  it('is what the meta-schema of OpenAPI 3.1 allows', async () => {
    app = await startApp();
    const { body } = await app.client.send('GET', '/openapi.json');
    const validator = new Validator();
    expect(await validator.validate(JSON.parse(body.toString()))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('is the document that live answers are held against', async () => {
    app = await startApp();
    const { body } = await app.client.send('GET', '/openapi.json');
    expect(JSON.parse(body.toString())).toEqual(JSON.parse(JSON.stringify(document)));
  });

  it('has the mirrors of entries as references to their operations', () => {
    expect(document.paths['/v1/b64/{key}/exists']).toMatchObject({
      $ref: '#/paths/~1v1~1cache~1%7Bkey%7D~1exists',
    });
  });
});

describe('the check of live answers', () => {
  const fields = {
    'cache-control': 'no-store',
    vary: 'Authorization',
    'x-content-type-options': 'nosniff',
    'content-security-policy': 'x',
  };
  const exists = { method: 'GET', path: '/v1/cache/k/exists' };
  const complaint = (asked: { method: string; path: string }, answer: Partial<Answer>) =>
    complaintAbout(asked, { status: 200, headers: fields, body: Buffer.alloc(0), ...answer });
  const json = (body: unknown) => ({
    headers: { ...fields, 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(body)),
  });

  it('lets pass what the document says', () => {
    expect(complaint(exists, json({ exists: true }))).toBeUndefined();
    expect(complaint({ ...exists, path: '/v1/b64/aw/exists' }, json({ exists: true }))).toBeUndefined();
    expect(complaint({ ...exists, method: 'HEAD' }, {})).toBeUndefined();
  });

  it.each([
    ['a status', exists, { ...json({}), status: 299 }, 'entryExists answered 299, which'],
    ['a member', exists, json({ exists: true, more: 1 }), 'must NOT have additional properties'],
    ['the type of a member', exists, json({ exists: 'yes' }), '/exists must be boolean'],
    ['a media type', exists, { headers: { ...fields, 'content-type': 'text/plain' } }, 'its type is text/plain'],
    [
      'a field',
      exists,
      { headers: { ...json(0).headers, 'x-new': '1' }, body: json({ exists: true }).body },
      'the field x-new is not described',
    ],
    [
      'a missing field',
      { method: 'DELETE', path: '/v1/cache/k' },
      { status: 204 },
      'the field Cache-Deleted is missing',
    ],
    [
      'the value of a field',
      { method: 'DELETE', path: '/v1/cache/k' },
      { status: 204, headers: { ...fields, 'cache-deleted': 'maybe' } },
      'the field Cache-Deleted must be equal to one of',
    ],
    ['a body where there is none', { ...exists, method: 'HEAD' }, json({}), 'there is a body'],
    ['an address', { method: 'GET', path: '/v2' }, json({}), 'GET answered 200, which'],
  ] as const)('names %s that the document does not describe', (_what, asked, answer, text) => {
    expect(complaint(asked, answer)).toContain(text);
  });

  it('names a problem under a code that this operation does not have', () => {
    const problem = {
      type: 'urn:larder:problem:tenant_not_found',
      title: 'x',
      status: 404,
      detail: 'x',
      instance: 'urn:larder:request:1',
      code: 'tenant_not_found',
      requestId: '1',
      retryable: false,
    };
    const answer = {
      status: 404,
      headers: { ...fields, 'content-type': 'application/problem+json' },
      body: Buffer.from(JSON.stringify(problem)),
    };
    expect(complaint({ method: 'GET', path: '/v1/cache/k' }, answer)).toContain('/code must be equal to one of');
    expect(complaint({ method: 'GET', path: '/admin/v1/tenants/t' }, answer)).toBeUndefined();
  });
});
