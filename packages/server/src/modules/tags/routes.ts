import type { FastifyInstance } from 'fastify';
import { jsonBody } from '../../http/body.js';
import { bodySchema, closedObject } from '../../http/body-schema.js';
import { jsonMediaType } from '../../http/media-type.js';
import { type Operation, serve } from '../../http/operation.js';
import type { Service } from '../../service.js';
import { requireFullReach } from '../api-keys/caller.js';

interface Invalidation {
  readonly tags: readonly string[];
  readonly remove?: boolean;
}

const invalidation = bodySchema<Invalidation>({
  type: 'object',
  additionalProperties: false,
  required: ['tags'],
  properties: {
    // As long and as many as an entry may carry.
    tags: { type: 'array', minItems: 1, maxItems: 64, items: { type: 'string', minLength: 1, maxLength: 256 } },
    remove: { type: 'boolean' },
  },
});

const invalidated = closedObject({ tags: { type: 'array', items: { type: 'string' } } });

export const invalidateTags: Operation = {
  id: 'invalidateTags',
  method: 'POST',
  route: 'tagInvalidation',
  summary: 'Invalidates all entries that carry one of these tags, however many they are',
  scope: 'tags:invalidate',
  body: { content: { [jsonMediaType]: invalidation.schema }, isRequired: true },
  answers: { 200: { description: 'None of them is shown any more', content: { [jsonMediaType]: invalidated } } },
  problems: ['invalid_body', 'storage_quota'],
};

/** `/v1/tags/invalidate` */
export function tagRoutes(app: FastifyInstance, { answers, limits }: Service): void {
  serve(
    app,
    invalidateTags,
    async (request, reply) => {
      requireFullReach(request.caller);
      const { tags, remove = false } = invalidation.read(jsonBody(request).value);
      const different = [...new Set(tags)];
      await request.caller.tenant.entries.invalidateTags(different, { remove });
      answers.json(reply, 200, { tags: different });
    },
    limits.tagListBytes,
  );
}
