import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Fields } from '../../http/answers.js';
import { bodyBytes, jsonBody } from '../../http/body.js';
import { entityTag, isUnconditional, parsePreconditions } from '../../http/conditional.js';
import { parseJson } from '../../http/json-document.js';
import { essence, jsonMediaType, mergePatchMediaType } from '../../http/media-type.js';
import { serve } from '../../http/operation.js';
import { Problem } from '../../http/problem.js';
import { targetOf } from '../../http/routed-request.js';
import { remainingSeconds } from '../../http/ttl.js';
import type { Service } from '../../service.js';
import type { Tenant } from '../tenants/tenant.js';
import { deleteEntry } from './delete-entry.js';
import type { EntryWrite } from './entry-write.js';
import { envelope, writeFromEnvelope } from './envelope.js';
import { incrementBody, incrementEntry, incrementFrom } from './increment-entry.js';
import { mergeIntoEntry } from './merge-into-entry.js';
import * as operations from './operations.js';
import { noEntry, readEntry } from './read-entry.js';
import { requestTtl, writeFromBody } from './request-write.js';
import { touchEntry, touchFrom } from './touch-entry.js';
import { writeEntry } from './write-entry.js';

/** `/v1/cache/{key}`, its sub-resources and its mirrors. */
export function entryRoutes(app: FastifyInstance, service: Service): void {
  const { answers, clock, limits } = service;
  const { writeAttempts } = limits;

  serve(app, operations.getEntry, read);
  serve(app, operations.putEntry, put, limits.valueBytes);
  serve(app, operations.postEntry, post);
  serve(app, operations.deleteEntry, remove);
  serve(app, operations.patchEntry, patch, limits.valueBytes);
  serve(app, operations.entryExists, exists);
  serve(app, operations.incrementEntry, increment, limits.commandBytes);

  async function read(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { key } = targetOf(request.raw);
    await readEntry(service, reply, { tenant: request.caller.tenant, key, fields: request.headers });
  }

  async function put(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { tenant } = request.caller;
    const { key } = targetOf(request.raw);
    const write = writeFromBody(request);
    const { created, version } = await writeEntry(tenant, key, write, writeAttempts);
    answers.send(reply, created ? 201 : 204, writtenFields(tenant, version, write), created ? '' : undefined);
  }

  async function post(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { tenant } = request.caller;
    const { key } = targetOf(request.raw);
    const isEnvelope = essence(request.headers['content-type'] ?? '') === jsonMediaType;
    const write = isEnvelope ? writeFromJson(request) : writeFromBody(request);
    const { created, version } = await writeEntry(tenant, key, write, writeAttempts);
    const document = { key, etag: entityTag(version), ttl: write.ttlSeconds ?? tenant.defaultTtlSeconds };
    answers.json(reply, created ? 201 : 200, document, writtenFields(tenant, version, write));
  }

  async function remove(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { key } = targetOf(request.raw);
    const conditions = parsePreconditions(request.headers);
    const deleted = await deleteEntry(request.caller.tenant, key, conditions, writeAttempts);
    answers.send(reply, 204, ['Cache-Deleted', String(deleted)]);
  }

  async function patch(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    switch (essence(request.headers['content-type'] ?? '')) {
      case jsonMediaType:
        return touch(request, reply);
      case mergePatchMediaType:
        return merge(request, reply);
    }
    const acceptable = { 'Accept-Patch': `${jsonMediaType}, ${mergePatchMediaType}` };
    throw new Problem('unsupported_media_type', `Send ${jsonMediaType} or ${mergePatchMediaType}.`, acceptable);
  }

  async function touch(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { key } = targetOf(request.raw);
    if (bodyBytes(request).byteLength > limits.commandBytes) {
      throw new Problem('value_too_large', 'The body is larger than a new life takes.');
    }
    const life = touchFrom(jsonBody(request).value);
    const version = await touchEntry(
      request.caller.tenant,
      key,
      life,
      parsePreconditions(request.headers),
      writeAttempts,
    );
    if (version === undefined) throw new Problem('key_not_found', noEntry);
    const etag = entityTag(version);
    const fields: Fields = ['ETag', etag];
    if (life.ttlSeconds !== undefined) fields.push('Cache-TTL', String(life.ttlSeconds));
    answers.json(reply, 200, { key, etag, ttl: life.ttlSeconds ?? null }, fields);
  }

  async function merge(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { key } = targetOf(request.raw);
    const { source } = parseJson(bodyBytes(request));
    const merged = await mergeIntoEntry(
      request.caller.tenant,
      key,
      source,
      parsePreconditions(request.headers),
      limits,
    );
    if (merged === undefined) throw new Problem('key_not_found', noEntry);
    const etag = entityTag(merged.version);
    const ttl = remainingSeconds(merged.freshUntil, clock.now());
    const fields: Fields = ['ETag', etag];
    if (ttl !== undefined) fields.push('Cache-TTL', String(ttl));
    answers.json(reply, 200, { key, etag, ttl: ttl ?? null }, fields);
  }

  async function exists(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { key } = targetOf(request.raw);
    answers.json(reply, 200, { exists: await request.caller.tenant.entries.has(key) });
  }

  async function increment(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { key } = targetOf(request.raw);
    const body = bodyBytes(request).byteLength === 0 ? {} : incrementBody.read(jsonBody(request).value);
    const command = incrementFrom(body);
    const value = await incrementEntry(request.caller.tenant, key, command, writeAttempts);
    answers.json(reply, 200, { value });
  }

  function writeFromJson(request: FastifyRequest): EntryWrite {
    const { value, source } = jsonBody(request);
    const object = envelope.read(value);
    const write = writeFromEnvelope({ object, source, start: 0 }, limits);
    const conditions = parsePreconditions(request.headers);
    if (!isUnconditional(write.conditions) && !isUnconditional(conditions)) {
      throw new Problem('invalid_request', 'Use either ifAbsent or the conditional fields, and not both.');
    }
    return {
      ...write,
      ttlSeconds: requestTtl(request, write.ttlSeconds),
      conditions: isUnconditional(conditions) ? write.conditions : conditions,
    };
  }
}

function writtenFields({ defaultTtlSeconds }: Tenant, version: string, { ttlSeconds }: EntryWrite): Fields {
  return ['ETag', entityTag(version), 'Cache-TTL', String(ttlSeconds ?? defaultTtlSeconds)];
}
