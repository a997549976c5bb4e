import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Fields } from '../../http/answers.js';
import { bodyBytes, jsonBody } from '../../http/body.js';
import { entityTag, isUnconditional, parsePreconditions } from '../../http/conditional.js';
import { checkedObject } from '../../http/json-document.js';
import { essence, jsonMediaType } from '../../http/media-type.js';
import { Problem } from '../../http/problem.js';
import { routePath, targetOf } from '../../http/routed-request.js';
import type { Service } from '../../service.js';
import { deleteEntry } from './delete-entry.js';
import type { EntryWrite } from './entry-write.js';
import { envelopeMembers, writeFromEnvelope } from './envelope.js';
import { incrementEntry, incrementFrom } from './increment-entry.js';
import { noEntry, readEntry } from './read-entry.js';
import { requestTtl, writeFromBody } from './request-write.js';
import { touchEntry, touchFrom } from './touch-entry.js';
import { writeEntry } from './write-entry.js';

/** `/v1/cache/{key}`, its sub-resources and its mirrors. */
export function entryRoutes(app: FastifyInstance, service: Service): void {
  const { answers, limits } = service;
  const { writeAttempts } = limits;

  app.route({ method: ['GET', 'HEAD'], url: routePath('entry'), handler: read });
  app.put(routePath('entry'), { bodyLimit: limits.valueBytes }, put);
  app.post(routePath('entry'), post);
  app.delete(routePath('entry'), remove);
  app.patch(routePath('entry'), { bodyLimit: limits.commandBytes }, patch);
  app.route({ method: ['GET', 'HEAD'], url: routePath('exists'), handler: exists });
  app.post(routePath('increment'), { bodyLimit: limits.commandBytes }, increment);

  function read(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    return readEntry(service, request.tenant, targetOf(request.raw).key, reply);
  }

  async function put(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { key } = targetOf(request.raw);
    const write = writeFromBody(request);
    const { created, version } = await writeEntry(request.tenant, key, write, writeAttempts);
    answers.send(reply, created ? 201 : 204, writtenFields(version, write), created ? '' : undefined);
  }

  async function post(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { key } = targetOf(request.raw);
    const isEnvelope = essence(request.headers['content-type'] ?? '') === jsonMediaType;
    const write = isEnvelope ? writeFromJson(request) : writeFromBody(request);
    const { created, version } = await writeEntry(request.tenant, key, write, writeAttempts);
    const document = { key, etag: entityTag(version), ttl: write.ttlSeconds ?? limits.defaultTtlSeconds };
    answers.json(reply, created ? 201 : 200, document, writtenFields(version, write));
  }

  async function remove(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { key } = targetOf(request.raw);
    const conditions = parsePreconditions(request.headers);
    const deleted = await deleteEntry(request.tenant, key, conditions, writeAttempts);
    answers.send(reply, 204, ['Cache-Deleted', String(deleted)]);
  }

  async function patch(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { key } = targetOf(request.raw);
    if (essence(request.headers['content-type'] ?? '') !== jsonMediaType) {
      const acceptable = { 'Accept-Patch': jsonMediaType };
      throw new Problem('unsupported_media_type', `Send this body as ${jsonMediaType}.`, acceptable);
    }
    const touch = touchFrom(jsonBody(request).value);
    const version = await touchEntry(request.tenant, key, touch, parsePreconditions(request.headers));
    if (version === undefined) throw new Problem('key_not_found', noEntry);
    const etag = entityTag(version);
    const fields: Fields = ['ETag', etag];
    if (touch.ttlSeconds !== undefined) fields.push('Cache-TTL', String(touch.ttlSeconds));
    answers.json(reply, 200, { key, etag, ttl: touch.ttlSeconds ?? null }, fields);
  }

  async function exists(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { key } = targetOf(request.raw);
    answers.json(reply, 200, { exists: await request.tenant.entries.has(key) });
  }

  async function increment(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { key } = targetOf(request.raw);
    const command = incrementFrom(bodyBytes(request).byteLength === 0 ? {} : jsonBody(request).value);
    const value = await incrementEntry(request.tenant, key, command, writeAttempts);
    answers.json(reply, 200, { value });
  }

  function writeFromJson(request: FastifyRequest): EntryWrite {
    const { value, source } = jsonBody(request);
    const object = checkedObject(value, 'The body', envelopeMembers);
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

  function writtenFields(version: string, { ttlSeconds }: EntryWrite): Fields {
    return ['ETag', entityTag(version), 'Cache-TTL', String(ttlSeconds ?? limits.defaultTtlSeconds)];
  }
}
