import type { FastifyInstance } from 'fastify';
import { essence, htmlMediaType, jsonMediaType } from '../../http/media-type.js';
import { type Operation, type OperationGroup, serve } from '../../http/operation.js';
import type { Service } from '../../service.js';
import { version } from '../../version.js';
import { type OpenApiDocument, openApiDocument } from './document.js';
import { documentPage, pagePolicy } from './page.js';

export const getOpenApi: Operation = {
  id: 'getOpenApi',
  method: 'GET',
  route: 'openapi',
  summary: 'This API in OpenAPI 3.1',
  scope: undefined,
  isOpen: true,
  answers: { 200: { description: 'The document', content: { [jsonMediaType]: { type: 'object' } } } },
};

export const getDocs: Operation = {
  id: 'getDocs',
  method: 'GET',
  route: 'docs',
  summary: 'The same as a page to read',
  scope: undefined,
  isOpen: true,
  answers: { 200: { description: 'The page', content: { [essence(htmlMediaType)]: undefined } } },
};

/** `/openapi.json` and `/docs`, both made from the operations. Neither needs an API key. */
export function openApiRoutes(app: FastifyInstance, { answers }: Service, groups: readonly OperationGroup[]): void {
  // Made when first asked for, and then kept.
  let document: OpenApiDocument | undefined;
  let json: string | undefined;
  let page: string | undefined;
  const made = () => (document ??= openApiDocument(groups, version));

  serve(app, getOpenApi, (_request, reply) => {
    json ??= JSON.stringify(made());
    answers.send(reply, 200, ['Content-Type', jsonMediaType], json);
  });

  serve(app, getDocs, (_request, reply) => {
    page ??= documentPage(groups, made());
    answers.page(reply, page, pagePolicy);
  });
}
