import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { complaintAbout } from './support/described-answers.js';
import { type RawResponse, rawRequest } from './support/raw-request.js';
import { apiKey, type ServiceProcess, startService } from './support/service-process.js';

interface Malformed {
  readonly what: string;
  /** The request line without the version, and the header fields besides Host and Authorization. */
  readonly line: string;
  readonly fields?: readonly string[];
  readonly body?: string;
  readonly status: number;
  readonly code: string;
  /** The whole head, instead of `line`, `fields` and what is added to them. */
  readonly head?: readonly string[];
}

const json = 'Content-Type: application/json';
const longKey = 'k'.repeat(513);
const auth = `Authorization: Bearer ${apiKey}`;
const put = (what: string, body: string, code: string, fields: string[] = [], status = 400): Malformed => ({
  what,
  line: 'PUT /v1/cache/k',
  fields,
  body,
  status,
  code,
});
const envelope = (what: string, body: string, code = 'invalid_body', status = 400): Malformed => ({
  what,
  line: 'POST /v1/cache/k',
  fields: [json],
  body,
  status,
  code,
});
const target = (what: string, line: string, status: number, code: string): Malformed => ({ what, line, status, code });
const command = (what: string, line: string, body: string, code = 'invalid_body', status = 400): Malformed => ({
  what,
  line,
  fields: [json],
  body,
  status,
  code,
});

const malformed: readonly Malformed[] = [
  // Keys
  target('an empty key', 'GET /v1/cache/', 400, 'invalid_key'),
  target('an empty key with a sub-resource', 'GET /v1/cache//exists', 400, 'invalid_key'),
  target('NUL in a key', 'GET /v1/cache/a%00b', 400, 'invalid_key'),
  target('a line feed in a key', 'GET /v1/cache/a%0Ab', 400, 'invalid_key'),
  target('DEL in a key', 'GET /v1/cache/%7F', 400, 'invalid_key'),
  target('a C1 control character in a key', 'GET /v1/cache/%C2%85', 400, 'invalid_key'),
  target('half a percent escape', 'GET /v1/cache/a%2', 400, 'invalid_key'),
  target('a percent escape that is no hex', 'GET /v1/cache/%zz', 400, 'invalid_key'),
  target('bytes that are no UTF-8', 'GET /v1/cache/%FF', 400, 'invalid_key'),
  target('an overlong UTF-8 form', 'GET /v1/cache/%C0%AF', 400, 'invalid_key'),
  target('an encoded surrogate', 'GET /v1/cache/%ED%A0%80', 400, 'invalid_key'),
  target('a key of 513 bytes', `GET /v1/cache/${longKey}`, 414, 'key_too_long'),
  target('a key of 513 bytes after decoding', `GET /v1/cache/${'%C3%A9'.repeat(256)}x`, 414, 'key_too_long'),
  target('a key that is no base64url', 'GET /v1/b64/a+b', 400, 'invalid_key'),
  target('a base64url key with padding', 'GET /v1/b64/YQ%3D%3D', 400, 'invalid_key'),
  target('a base64url key that is not canonical', 'GET /v1/b64/YR', 400, 'invalid_key'),
  target('a base64url key that is no UTF-8', 'GET /v1/b64/_w', 400, 'invalid_key'),
  target('an empty base64url key', 'GET /v1/b64/', 400, 'invalid_key'),
  // Targets
  target('a further raw slash', 'GET /v1/cache/a/b', 404, 'route_not_found'),
  target('a sub-resource below a sub-resource', 'GET /v1/cache/a/exists/b', 404, 'route_not_found'),
  target('a trailing slash', 'GET /v1/cache/a/', 404, 'route_not_found'),
  target('no such address', 'GET /v2/cache/a', 404, 'route_not_found'),
  target('a doubled slash in front', 'GET //v1/cache/a', 404, 'route_not_found'),
  target('dots that a URL parser would resolve', 'GET /v1/x/../cache/a', 404, 'route_not_found'),
  target('encoded dots that a URL parser would resolve', 'GET /v1/x/%2e%2e/cache/a', 404, 'route_not_found'),
  target('another case', 'GET /V1/cache/a', 404, 'route_not_found'),
  target('an absolute form', 'GET http://127.0.0.1/v1/cache/a', 400, 'invalid_request'),
  target('an asterisk form', 'OPTIONS *', 400, 'invalid_request'),
  target('a fragment', 'GET /v1/cache/a#b', 400, 'invalid_request'),
  target('a method that the address does not take', 'POST /v1/keys', 405, 'method_not_allowed'),
  target('a method that no address takes', 'OPTIONS /v1/cache/a', 405, 'method_not_allowed'),
  target('GET of an increment', 'GET /v1/cache/a/increment', 405, 'method_not_allowed'),
  // Queries
  target('a query that is no UTF-8', 'GET /v1/keys?prefix=%FF', 400, 'invalid_request'),
  target('a parameter twice', 'GET /v1/keys?limit=1&limit=2', 400, 'invalid_request'),
  target('a limit of zero', 'GET /v1/keys?limit=0', 400, 'invalid_request'),
  target('a limit above the most', 'GET /v1/keys?limit=1001', 400, 'invalid_request'),
  target('a limit that is no number', 'GET /v1/keys?limit=ten', 400, 'invalid_request'),
  target('a cursor that was not signed', 'GET /v1/keys?cursor=abc', 400, 'invalid_cursor'),
  target('deletion of everything by mistake', 'DELETE /v1/keys', 400, 'invalid_request'),
  // Header fields
  {
    what: 'no key',
    line: '',
    head: ['GET /v1/cache/k HTTP/1.1', 'Host: larder'],
    status: 401,
    code: 'unauthenticated',
  },
  {
    what: 'a wrong key',
    line: '',
    head: ['GET /v1/cache/k HTTP/1.1', 'Host: larder', 'Authorization: Bearer wrong'],
    status: 401,
    code: 'unauthenticated',
  },
  {
    what: 'another scheme',
    line: '',
    head: ['GET /v1/cache/k HTTP/1.1', 'Host: larder', 'Authorization: Basic a2V5OmtleQ=='],
    status: 401,
    code: 'unauthenticated',
  },
  {
    what: 'a key in the query',
    line: '',
    head: [`GET /v1/cache/k?key=${apiKey} HTTP/1.1`, 'Host: larder'],
    status: 401,
    code: 'unauthenticated',
  },
  {
    what: 'two keys that differ',
    line: 'GET /v1/cache/k',
    fields: ['X-API-Key: another-key-that-is-long-enough-too'],
    status: 400,
    code: 'invalid_request',
  },
  { what: 'Authorization twice', line: 'GET /v1/cache/k', fields: [auth], status: 400, code: 'invalid_request' },
  {
    what: 'X-API-Key twice',
    line: '',
    head: ['GET /v1/cache/k HTTP/1.1', 'Host: larder', `X-API-Key: ${apiKey}`, `X-API-Key: ${apiKey}`],
    status: 400,
    code: 'invalid_request',
  },
  { what: 'no Host', line: '', head: ['GET /v1/cache/k HTTP/1.1', auth], status: 400, code: 'invalid_request' },
  { what: 'Host twice', line: 'GET /v1/cache/k', fields: ['Host: other'], status: 400, code: 'invalid_request' },
  {
    what: 'a head above 8 KiB',
    line: 'GET /v1/cache/k',
    fields: [`X-Long: ${'x'.repeat(9_000)}`],
    status: 431,
    code: 'header_too_large',
  },
  { what: 'garbage', line: '', head: ['garbage'], status: 400, code: 'invalid_request' },
  {
    what: 'a field without a name',
    line: 'GET /v1/cache/k',
    fields: [': empty'],
    status: 400,
    code: 'invalid_request',
  },
  {
    what: 'If-Match that is no tag',
    line: 'DELETE /v1/cache/k',
    fields: ['If-Match: abc'],
    status: 400,
    code: 'invalid_request',
  },
  {
    what: 'an unknown expectation',
    line: 'PUT /v1/cache/k',
    fields: ['Expect: tea'],
    status: 417,
    code: 'expectation_failed',
  },
  // Bodies
  put('a value that is announced as too large', '', 'value_too_large', ['Content-Length: 1048577'], 413),
  put('a value in parts', 'x', 'invalid_request', ['Content-Range: bytes 0-0/2']),
  put('a value in another coding', 'x', 'unsupported_media_type', ['Content-Encoding: gzip'], 415),
  put('a type that is no media type', 'x', 'unsupported_media_type', ['Content-Type: text'], 415),
  put('two lengths that differ', 'x', 'invalid_request', ['Content-Length: 1', 'Content-Length: 2']),
  put('a length and chunks', '1\r\nx\r\n0\r\n\r\n', 'invalid_request', [
    'Content-Length: 1',
    'Transfer-Encoding: chunked',
  ]),
  put('a length that is no number', 'x', 'invalid_request', ['Content-Length: one']),
  // Times to live
  { ...put('a zero ttl', 'x', 'invalid_ttl'), line: 'PUT /v1/cache/k?ttl=0' },
  { ...put('a negative ttl', 'x', 'invalid_ttl'), line: 'PUT /v1/cache/k?ttl=-1' },
  { ...put('a fractional ttl', 'x', 'invalid_ttl'), line: 'PUT /v1/cache/k?ttl=1.5' },
  { ...put('a ttl with a unit', 'x', 'invalid_ttl'), line: 'PUT /v1/cache/k?ttl=10s' },
  { ...put('an empty ttl', 'x', 'invalid_ttl'), line: 'PUT /v1/cache/k?ttl=' },
  { ...put('a ttl beyond a hundred years', 'x', 'invalid_ttl'), line: 'PUT /v1/cache/k?ttl=99999999999' },
  { ...put('two ttls that differ', 'x', 'invalid_ttl', ['Cache-TTL: 2']), line: 'PUT /v1/cache/k?ttl=1' },
  put('a ttl field that is no number', 'x', 'invalid_ttl', ['Cache-TTL: soon']),
  put('a ttl field twice', 'x', 'invalid_request', ['Cache-TTL: 1', 'Cache-TTL: 1']),
  // Envelopes
  envelope('no JSON', '{'),
  envelope('an empty body', ''),
  envelope('JSON that is no object', '[]'),
  envelope('null', 'null'),
  envelope('bytes that are no UTF-8', '{"value": "\xff"}'),
  envelope('no value', '{"ttl": 1}'),
  envelope('two values', '{"value": 1, "valueBase64": "eA=="}'),
  envelope('a value that is no base64', '{"valueBase64": "%"}'),
  envelope('a member that does not exist', '{"value": 1, "tll": 5}'),
  envelope('__proto__', '{"value": 1, "__proto__": {"ttl": 5}}'),
  envelope('__proto__ deep inside', '{"value": [{"a": {"__proto__": 1}}]}'),
  envelope('__proto__ in escapes', '{"value": {"\\u005f_proto__": 1}}'),
  envelope('a ttl as text', '{"value": 1, "ttl": "5"}', 'invalid_ttl'),
  envelope('a ttl of zero', '{"value": 1, "ttl": 0}', 'invalid_ttl'),
  envelope('tags that are no list', '{"value": 1, "tags": "a"}'),
  envelope('a tag that is no text', '{"value": 1, "tags": [1]}'),
  envelope('a term that is no text', '{"value": 1, "indexes": {"user": 1}}'),
  envelope('a type that is no media type', '{"value": 1, "contentType": "text"}'),
  envelope('ifAbsent that is no boolean', '{"value": 1, "ifAbsent": "yes"}'),
  // Commands
  command('a touch of nothing', 'PATCH /v1/cache/k', '{}'),
  command('a touch that persists and does not', 'PATCH /v1/cache/k', '{"ttl": 1, "persist": true}'),
  command('a touch with a bad ttl', 'PATCH /v1/cache/k', '{"ttl": -1}', 'invalid_ttl'),
  {
    ...command('a touch of another type', 'PATCH /v1/cache/k', 'x'),
    fields: ['Content-Type: text/plain'],
    status: 415,
    code: 'unsupported_media_type',
  },
  command('an increment by a fraction', 'POST /v1/cache/k/increment', '{"by": 0.5}'),
  command('an increment by text', 'POST /v1/cache/k/increment', '{"by": "1"}'),
  command('an increment beyond 2^53', 'POST /v1/cache/k/increment', '{"by": 9007199254740993}'),
  command('a batch without operations', 'POST /v1/batch', '{}'),
  command(
    'a batch of 101 operations',
    'POST /v1/batch',
    JSON.stringify({ operations: Array(101).fill({ op: 'get', key: 'k' }) }),
  ),
  command('a batch with __proto__', 'POST /v1/batch', '{"operations": [{"op": "get", "key": "k", "__proto__": {}}]}'),
  {
    ...command('a batch of another type', 'POST /v1/batch', 'x'),
    fields: ['Content-Type: text/plain'],
    status: 415,
    code: 'unsupported_media_type',
  },
];

describe('malformed requests', () => {
  let service: ServiceProcess;
  beforeAll(async () => {
    service = await startService('memory:');
  });
  afterAll(() => service.stop());

  const send = ({ line, fields = [], body = '', head }: Malformed): Promise<RawResponse> => {
    const hasLength = fields.some((field) => /^(content-length|transfer-encoding):/i.test(field));
    const length = body === '' || hasLength ? [] : [`Content-Length: ${body.length}`];
    const lines = head ?? [`${line} HTTP/1.1`, 'Host: larder', auth, ...fields, ...length];
    return rawRequest(service.port, Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1'));
  };

  it('are at least sixty', () => {
    expect(malformed.length).toBeGreaterThanOrEqual(60);
  });

  it.each(malformed)('$what: $status $code', async (request) => {
    const response = await send(request);
    expect({ status: response.status, ...problemIn(response) }).toMatchObject({
      status: request.status,
      code: request.code,
    });
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const [method = '', path = ''] = (request.head?.[0] ?? request.line).split(' ');
    const answer = { ...response, headers: Object.fromEntries(response.headers), body: Buffer.from(response.body) };
    expect(complaintAbout({ method, path }, answer)).toBeUndefined();
    expect(response.body).not.toMatch(/\bat .*\.(js|ts):\d+|node_modules/);
  });

  it('leave the service as it was', async () => {
    const response = await rawRequest(service.port, `GET /v1/keys HTTP/1.1\r\nHost: larder\r\n${auth}\r\n\r\n`);
    expect(JSON.parse(response.body)).toEqual({ keys: [], cursor: null });
  });
});

function problemIn({ status, body }: RawResponse): { code?: string } {
  const problem = JSON.parse(body);
  expect(problem).toMatchObject({
    status,
    title: expect.any(String),
    type: expect.any(String),
    requestId: expect.any(String),
  });
  expect(typeof problem.retryable).toBe('boolean');
  return problem;
}
