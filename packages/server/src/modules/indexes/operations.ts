import { closedObject } from '../../http/body-schema.js';
import { jsonMediaType } from '../../http/media-type.js';
import type { Operation } from '../../http/operation.js';
import { entrySchema } from '../entries/entry-document.js';

const text = { type: 'string' };
const cursor = { type: ['string', 'null'] };

export const listIndex: Operation = {
  id: 'listIndex',
  method: 'GET',
  route: 'index',
  summary: 'The keys that were written with an index term, or the entries, a page at a time',
  scope: 'cache:list',
  query: {
    include: {
      description: '`entries` answers the entries with their attributes, which takes the scope cache:read too',
      schema: { type: 'string', enum: ['keys', 'entries'] },
    },
    limit: {
      description: 'How many at most: up to 1,000 keys (by default 100), up to 100 entries (by default 20)',
      schema: { type: 'integer', minimum: 1, maximum: 1_000 },
    },
    cursor: { description: 'Where the page before has ended', schema: text },
  },
  answers: {
    200: {
      description: 'A page, and the cursor of the next one',
      content: {
        [jsonMediaType]: {
          oneOf: [
            closedObject({ keys: { type: 'array', items: text }, cursor }),
            closedObject({ entries: { type: 'array', items: entrySchema }, cursor }),
          ],
        },
      },
    },
  },
  problems: ['invalid_request', 'invalid_cursor', 'unsupported_by_store'],
};

export const deleteByIndex: Operation = {
  id: 'deleteByIndex',
  method: 'DELETE',
  route: 'index',
  summary: 'Deletes the entries that were written with an index term',
  scope: 'cache:delete',
  answers: {
    200: {
      description: 'How many there were',
      content: {
        [jsonMediaType]: closedObject({ deleted: { type: 'integer', minimum: 0 } }),
      },
    },
  },
  problems: ['unsupported_by_store'],
};
