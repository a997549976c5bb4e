import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { api } from '../src/api.js';
import { addresses } from '../src/http/addresses.js';
import { html } from '../src/modules/openapi/html.js';
import { type AppInProcess, startApp } from './support/app-in-process.js';

describe('/docs', () => {
  let app: AppInProcess;
  let page: string;
  let policy: string;
  beforeEach(async () => {
    app = await startApp();
    const answer = await app.client.send('GET', '/docs', { headers: { Authorization: '' } });
    page = answer.body.toString();
    policy = String(answer.headers['content-security-policy']);
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  });
  afterEach(() => app.close());

  it('is readable without JavaScript, and asks for nothing from elsewhere', () => {
    expect(page).not.toMatch(/<script|javascript:|\son\w+=|@import|url\(|src=|<link|<iframe|="(?:https?:)?\/\//i);
    expect([...page.matchAll(/href="([^"]*)"/g)].map(([, to]) => to).filter((to) => !to?.startsWith('#'))).toEqual([
      '/openapi.json',
    ]);
  });

  it('may do nothing but show its own style', () => {
    const style = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `style-src 'sha256-${hash}'`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      'sandbox allow-top-navigation-by-user-activation',
    ]);
    expect(page).not.toMatch(/ style="/);
  });

  it('shows each operation with its address, scope and a command, once', () => {
    for (const { id, method, route, scope, summary } of api.flatMap(({ operations }) => operations)) {
      const [, article = '', ...more] = page.split(`<article id="${id}">`);
      expect(more).toEqual([]);
      expect(article.split('</article>')[0], id).toContain(
        `<h3><b>${method}</b> <code>${addresses[route]}</code></h3>`,
      );
      expect(article).toContain(summary);
      expect(article).toContain(scope === undefined ? 'API key' : `<code>${scope}</code>`);
      expect(article).toContain('<pre class="command">curl ');
    }
  });

  it('is well-formed: each element that is opened is closed, in turn', () => {
    const open: string[] = [];
    for (const [, closes, name = ''] of page.matchAll(/<(\/?)([a-z][a-z\d]*)[^>]*>/g)) {
      if (name === 'meta') continue;
      if (closes === '') open.push(name);
      else expect(open.pop()).toBe(name);
    }
    expect(open).toEqual([]);
  });
});

describe('a template of HTML', () => {
  it('escapes what is put in, unless it is HTML already', () => {
    const inner = html`<i>${'<&>"\''}</i>`;
    expect(html`<p title="${'a"b'}">${inner}${[inner, inner]}${undefined}${1}</p>`.html).toBe(
      '<p title="a&quot;b"><i>&lt;&amp;&gt;&quot;&#39;</i><i>&lt;&amp;&gt;&quot;&#39;</i>\n<i>&lt;&amp;&gt;&quot;&#39;</i>1</p>',
    );
  });
});
