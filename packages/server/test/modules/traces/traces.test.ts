import { AsyncLocalStorage } from 'node:async_hooks';
import { memoryMapStore } from '@larder/cache/testing';
import { type Context, type ContextManager, context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTracing } from '../../../src/modules/traces/open-tracing.js';
import { storeInTrouble } from '../../live-answers/store-in-trouble.js';
import { type AppInProcess, startApp } from '../../support/app-in-process.js';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const traceparent = `00-${traceId}-${spanId}-01`;

describe('without an OpenTelemetry SDK', () => {
  it('nothing is traced', async () => {
    expect(await openTracing()).toBeUndefined();
  });

  it('nor where the package is not installed', async () => {
    const missing = Object.assign(new Error('x'), { code: 'ERR_MODULE_NOT_FOUND' });
    expect(await openTracing(() => Promise.reject(missing))).toBeUndefined();
  });

  it('log lines name the trace that a request comes from', async () => {
    const app = await startApp({ observation: { accessLog: true } });
    await app.client.send('GET', '/v1/cache/k', { headers: { traceparent } });
    await app.client.send('GET', '/v1/cache/k', { headers: { traceparent: 'x' } });
    expect(app.log.map((line) => JSON.parse(line).traceId)).toEqual([traceId, undefined]);
    await app.close();
  });
});

describe('with an OpenTelemetry SDK', () => {
  let app: AppInProcess;
  let exporter: InMemorySpanExporter;
  const start = async (options: Parameters<typeof startApp>[0] = {}) => {
    app = await startApp({ ...options, observation: { accessLog: true, tracing: await openTracing() } });
  };
  /** A span ends with its response, which may be a moment after the caller has it. */
  const spans = async (count: number) => {
    await expect.poll(() => exporter.getFinishedSpans().length).toBe(count);
    return exporter.getFinishedSpans();
  };

  beforeEach(() => {
    exporter = new InMemorySpanExporter();
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  });
  afterEach(async () => {
    await app.close();
    trace.disable();
    context.disable();
  });

  it('each request is a server span, named by its route, without key or query', async () => {
    await start();
    await app.client.send('GET', '/v1/cache/secret-key?secret=query');
    await app.client.send('POST', '/v1/cache/secret-key/increment');
    await app.client.send('GET', '/nowhere/secret');
    const found = await spans(3);
    expect(found.map(({ name }) => name)).toEqual(['GET /v1/cache/{key}', 'POST /v1/cache/{key}/increment', 'GET']);
    expect(found[0]?.kind).toBe(1);
    expect(found[0]?.attributes).toEqual({
      'http.request.method': 'GET',
      'url.scheme': 'http',
      'network.protocol.version': '1.1',
      'http.route': '/v1/cache/{key}',
      'http.response.status_code': 404,
    });
    for (const { name, attributes } of found) expect(JSON.stringify([name, attributes])).not.toContain('secret');
  });

  it('a span goes on with the trace that the request names, and log lines name it', async () => {
    await start();
    await app.client.send('GET', '/v1/cache/k', { headers: { traceparent, tracestate: 'vendor=1' } });
    const [span] = await spans(1);
    expect(span?.spanContext().traceId).toBe(traceId);
    expect(span?.parentSpanContext).toMatchObject({ spanId, isRemote: true });
    expect(span?.spanContext().traceState?.serialize()).toBe('vendor=1');
    expect(JSON.parse(app.log[0] ?? '').traceId).toBe(traceId);
  });

  it('one that is not valid begins a trace of its own', async () => {
    await start();
    await app.client.send('GET', '/v1/cache/k', { headers: { traceparent: `00-${traceId}-${'0'.repeat(16)}-01` } });
    const [span] = await spans(1);
    expect(span?.parentSpanContext).toBeUndefined();
    expect(span?.spanContext().traceId).not.toBe(traceId);
    expect(JSON.parse(app.log[0] ?? '').traceId).toBe(span?.spanContext().traceId);
  });

  it('what is done for a request is done within its span, also once its body has come', async () => {
    context.setGlobalContextManager(asyncContexts());
    const active: (string | undefined)[] = [];
    const store = memoryMapStore();
    const watched = (name: 'get' | 'set') => {
      const member = store[name] as (...given: unknown[]) => Promise<never>;
      return (...given: unknown[]) => {
        active.push(trace.getActiveSpan()?.spanContext().spanId);
        return member(...given);
      };
    };
    await start({ store: { ...store, get: watched('get'), set: watched('set') } });
    active.length = 0;
    await app.client.send('PUT', '/v1/cache/k', { body: 'x'.repeat(500_000) });
    await app.client.send('GET', '/v1/cache/k');
    const [put, get] = await spans(2);
    expect(active).toEqual([put?.spanContext().spanId, get?.spanContext().spanId]);
  });

  it('says that the service failed, and says nothing of the kind where the caller did', async () => {
    const { store, become } = storeInTrouble();
    await start({ store });
    become('down');
    await app.client.send('GET', '/v1/cache/k');
    await app.client.send('GET', '/v1/keys?limit=0');
    const [failed, refused] = await spans(2);
    expect(failed?.status.code).toBe(2);
    expect(failed?.attributes).toMatchObject({ 'http.response.status_code': 503, 'error.type': '503' });
    expect(refused?.status.code).toBe(0);
    const lines = app.log.map((line) => JSON.parse(line));
    expect(lines.find(({ level }) => level === 'error').traceId).toBe(failed?.spanContext().traceId);
  });
});

/** What an SDK for Node.js registers: contexts that follow asynchronous calls. */
function asyncContexts(): ContextManager {
  const storage = new AsyncLocalStorage<Context>();
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (given, run, self, ...rest) => storage.run(given, () => run.call(self as never, ...rest)),
    bind: (_given, target) => target,
    enable: () => manager,
    disable: () => manager,
  };
  return manager;
}
