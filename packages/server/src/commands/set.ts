import type { Surroundings } from './command.js';
import { describedCommand } from './described-command.js';
import { entryPath } from './entry-address.js';
import { exitCodes } from './exit-codes.js';
import { usage } from './parse-parameters.js';
import { readBytes } from './read-bytes.js';
import { secondsIn } from './seconds.js';
import type { ServiceAnswer, ServiceRequest } from './send-request.js';
import { serviceClient, serviceOptions } from './service-client.js';
import { printable, spokenSeconds } from './text.js';

const description = {
  name: 'set',
  summary: 'writes an entry',
  operands: ['key', '[value]'],
  options: {
    file: {
      type: 'string',
      short: 'f',
      value: 'file',
      description: 'takes the value from this file; - is standard input',
    },
    ttl: { type: 'string', value: 'time', description: 'how long it lives: 90 (seconds), 90s, 10m, 2h, 7d' },
    tag: { type: 'string', multiple: true, value: 'tag', description: 'a tag to invalidate it by; may be repeated' },
    index: {
      type: 'string',
      multiple: true,
      value: 'name=term',
      description: 'a term to find it by, such as user=alice; may be repeated',
    },
    type: { type: 'string', value: 'media type', description: 'what the value is, such as application/json' },
    'if-absent': { type: 'boolean', description: 'only if there is none yet; ends with 5 otherwise' },
    ...serviceOptions,
  },
  notes: [
    'Without a value and --file the value is read from standard input. It is kept byte for byte. Its type is\ntext/plain; charset=utf-8 if it is an argument, application/octet-stream otherwise.',
  ],
  examples: [
    'larder set greeting hello --ttl 10m',
    'larder set avatar:alice --file alice.png --type image/png --tag user:alice',
    'pg_dump shop | gzip | larder set dump --ttl 1d',
    'larder set -- -dashes-first value',
  ],
} as const;

export const { command: set } = describedCommand(description, async ({ operands, options }, surroundings) => {
  const [key = '', argument] = operands;
  const client = serviceClient(options, surroundings);
  const ttl = options.ttl === undefined ? undefined : secondsIn('--ttl', options.ttl);
  const indexes = termsIn(options.index);
  const value = await valueGiven(argument, options.file, surroundings);
  const contentType =
    options.type ?? (argument === undefined ? 'application/octet-stream' : 'text/plain; charset=utf-8');
  const write = { key, value, contentType, ttl, tags: options.tag, indexes };
  const answer = await client.send(conditional(writeRequest(write), options['if-absent']));
  const document = {
    key,
    created: answer.status === 201,
    bytes: value.byteLength,
    etag: answer.fields.etag ?? null,
    ttl: ttlIn(answer),
  };
  surroundings.out(options.json ? `${JSON.stringify(document)}\n` : spoken(document));
  return exitCodes.done;
});

interface Write {
  readonly key: string;
  readonly value: Uint8Array;
  readonly contentType: string;
  readonly ttl: number | undefined;
  readonly tags: readonly string[];
  readonly indexes: Readonly<Record<string, string>>;
}

/** The bare bytes where that says it all; otherwise the envelope, which takes a third more. */
function writeRequest({ key, value, contentType, ttl, tags, indexes }: Write): ServiceRequest {
  const path = entryPath(key);
  if (tags.length === 0 && Object.keys(indexes).length === 0) {
    const life = ttl === undefined ? {} : { 'Cache-TTL': String(ttl) };
    return { method: 'PUT', path, fields: { 'Content-Type': contentType, ...life }, body: value };
  }
  const valueBase64 = Buffer.from(value).toString('base64');
  const body = JSON.stringify({ valueBase64, contentType, tags, indexes, ...(ttl === undefined ? {} : { ttl }) });
  return { method: 'POST', path, fields: { 'Content-Type': 'application/json' }, body };
}

function conditional(request: ServiceRequest, ifAbsent: boolean): ServiceRequest {
  return ifAbsent ? { ...request, fields: { ...request.fields, 'If-None-Match': '*' } } : request;
}

async function valueGiven(
  argument: string | undefined,
  file: string | undefined,
  surroundings: Surroundings,
): Promise<Uint8Array> {
  if (argument !== undefined && file !== undefined) {
    throw usage(description, 'There is a value and --file: write one of them.');
  }
  if (argument !== undefined) return Buffer.from(argument, 'utf8');
  if (file === undefined && surroundings.inputIsTerminal) {
    throw usage(description, 'There is no value: write it behind the key, name a --file, or pipe it in.');
  }
  return readBytes(file ?? '-', surroundings);
}

function termsIn(terms: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    terms.map((term) => {
      const end = term.indexOf('=');
      if (end < 1 || end === term.length - 1) throw usage(description, '--index is no term: write --index user=alice.');
      return [term.slice(0, end), term.slice(end + 1)];
    }),
  );
}

function ttlIn({ fields }: ServiceAnswer): number | null {
  const ttl = fields['cache-ttl'];
  return ttl === undefined ? null : Number(ttl);
}

function spoken({
  key,
  created,
  bytes,
  ttl,
}: {
  key: string;
  created: boolean;
  bytes: number;
  ttl: number | null;
}): string {
  const life = ttl === null ? 'without an end' : `for ${spokenSeconds(ttl)}`;
  return `${created ? 'Wrote' : 'Replaced'} ${printable(key)}: ${bytes} bytes, ${life}.\n`;
}
