import { createHash } from 'node:crypto';
import { addresses } from '../../http/addresses.js';
import { errorRegistry } from '../../http/error-registry.js';
import type { AnswerDescription, Described, Operation, OperationGroup } from '../../http/operation.js';
import { curlLine } from './curl-line.js';
import type { OpenApiDocument } from './document.js';
import { type Html, html } from './html.js';
import { beforeOperations, problemsOf, requestFieldsOf } from './implied.js';
import { pathParameters } from './path-parameters.js';
import { style } from './style.js';

const styleHash = createHash('sha256').update(style).digest('base64');

/** The page has no script, asks for nothing from anywhere, and may have its own style. */
export const pagePolicy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-top-navigation-by-user-activation`;

/** The API as a page that needs neither scripts nor anything from elsewhere. */
export function documentPage(groups: readonly OperationGroup[], { info }: OpenApiDocument): string {
  const { title, version, description } = info;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} ${version}: the API</title>
<style>${{ html: style }}</style>
</head>
<body>
<h1>${title} ${version}</h1>
<p>${description}</p>
<p>The same for programs: <a href="/openapi.json">/openapi.json</a>. In the commands, <code>$LARDER</code> is the address
of the service and <code>$KEY</code> an API key. <code>/cache/{key}</code> and <code>/v1/b64/{base64url of the key}</code>
are other addresses of <code>/v1/cache/{key}</code>.</p>
<p>Before a request has reached an operation: ${codeList(beforeOperations)}.</p>
<nav>${groups.map(contentsOf)}</nav>
<main>${groups.map(sectionOf)}</main>
</body>
</html>
`;
  return page.html;
}

function contentsOf({ name, operations }: OperationGroup): Html {
  const links = operations.map(
    ({ id, method, route }) => html`<li><a href="#${id}"><b>${method}</b> ${addresses[route]}</a></li>`,
  );
  return html`<h2>${name}</h2><ul>${links}</ul>`;
}

function sectionOf({ name, operations }: OperationGroup): Html {
  return html`<section><h2>${name}</h2>${operations.map(articleOf)}</section>`;
}

function articleOf(operation: Operation): Html {
  const { id, method, route, summary, scope, isOpen, query = {}, body, answers } = operation;
  const parameters = [
    ...pathParameters(route).map(([name, described]) => rowOf('address', name, described)),
    ...Object.entries(query).map(([name, described]) => rowOf('query', name, described)),
    ...Object.entries(requestFieldsOf(operation)).map(([name, described]) => rowOf('field', name, described)),
  ];
  const key = isOpen ? 'No API key is asked for.' : scope === undefined ? 'Any API key.' : 'An API key with the scope ';
  return html`<article id="${id}">
<h3><b>${method}</b> <code>${addresses[route]}</code></h3>
<p>${summary}. ${key}${scope === undefined ? undefined : html`<code>${scope}</code>.`}</p>
<pre class="command">${curlLine(operation)}</pre>
${parameters.length === 0 ? undefined : html`<table><tr><th>in</th><th>name</th><th></th></tr>${parameters}</table>`}
${body === undefined ? undefined : html`<h4>Body${body.isRequired ? '' : ', which may be left out'}</h4>${contentOf(body.content)}`}
<h4>Answers</h4>
${Object.entries(answers).map(([status, answer]) => answerOf(status, answer))}
<p>Refused with ${codeList(problemsOf(operation))}.</p>
</article>`;
}

function rowOf(place: string, name: string, { description, schema, isRequired }: Described): Html {
  const rules = Object.entries(schema).map(([rule, value]) => `${rule}: ${JSON.stringify(value)}`);
  const needed = isRequired ? 'Must be there. ' : '';
  return html`<tr><td>${place}</td><td><code>${name}</code></td><td>${needed}${description} <small>${rules.join(', ')}</small></td></tr>`;
}

function answerOf(status: string, { description, content = {}, fields = {} }: AnswerDescription): Html {
  const rows = Object.entries(fields).map(([name, described]) => rowOf('field', name, described));
  return html`<p><b>${status}</b> ${description}</p>
${rows.length === 0 ? undefined : html`<table>${rows}</table>`}
${contentOf(content)}`;
}

function contentOf(content: NonNullable<AnswerDescription['content']>): readonly Html[] {
  return Object.entries(content).map(([type, schema]) =>
    schema === undefined
      ? html`<p><code>${type}</code>: any bytes</p>`
      : html`<details open><summary><code>${type}</code></summary><pre>${JSON.stringify(schema, undefined, 2)}</pre></details>`,
  );
}

function codeList(codes: readonly (keyof typeof errorRegistry)[]): readonly Html[] {
  return codes.map((code, at) => html`${at === 0 ? '' : ', '}<code>${code}</code> ${errorRegistry[code].status}`);
}
