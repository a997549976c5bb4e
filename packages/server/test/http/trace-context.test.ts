import { describe, expect, it } from 'vitest';
import { remoteSpan } from '../../src/http/trace-context.js';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

describe('traceparent (W3C Trace Context)', () => {
  it('names the span that a request was sent in', () => {
    expect(remoteSpan({ traceparent: `00-${traceId}-${spanId}-01` })).toEqual({
      traceId,
      spanId,
      flags: 1,
      state: undefined,
    });
    expect(remoteSpan({ traceparent: `00-${traceId}-${spanId}-00`, tracestate: 'a=1,b=2' })?.state).toBe('a=1,b=2');
  });

  it('of a later version may say more', () => {
    expect(remoteSpan({ traceparent: `01-${traceId}-${spanId}-01-more` })?.traceId).toBe(traceId);
  });

  it.each([
    ['', 'nothing'],
    [`00-${traceId}-${spanId}`, 'no flags'],
    [`00-${traceId.toUpperCase()}-${spanId}-01`, 'upper case'],
    [`00-${'0'.repeat(32)}-${spanId}-01`, 'a trace of zeros'],
    [`00-${traceId}-${'0'.repeat(16)}-01`, 'a span of zeros'],
    [`ff-${traceId}-${spanId}-01`, 'the version ff'],
    [`00-${traceId}-${spanId}-01-more`, 'more than version 00 has'],
    [`00-${traceId}-${spanId}-01, 00-${traceId}-${spanId}-01`, 'two of them'],
  ])('is not taken: %s (%s)', (traceparent) => {
    expect(remoteSpan({ traceparent })).toBeUndefined();
  });

  it('is taken without a tracestate that is too long', () => {
    const traceparent = `00-${traceId}-${spanId}-01`;
    expect(remoteSpan({ traceparent, tracestate: 'a=1'.repeat(200) })).toMatchObject({ traceId, state: undefined });
  });
});
