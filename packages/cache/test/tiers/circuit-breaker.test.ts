import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CircuitState } from '../../src/contracts/events.js';
import { CircuitBreaker } from '../../src/tiers/circuit-breaker.js';

describe('the circuit breaker', () => {
  let states: CircuitState[];
  let breaker: CircuitBreaker;
  const opened = (failures: number): CircuitBreaker =>
    new CircuitBreaker({ failures, pause: 1_000, changed: (state) => states.push(state) });
  beforeEach(() => {
    states = [];
    breaker = opened(3);
  });

  it('opens after so many failures in a row', () => {
    breaker.failed(0);
    breaker.failed(0);
    expect(breaker.admits(0)).toBe(true);
    breaker.failed(0);
    expect(breaker.admits(0)).toBe(false);
    expect(states).toEqual(['open']);
  });

  it('counts from the last success', () => {
    for (let round = 0; round < 5; round++) {
      breaker.failed(0);
      breaker.failed(0);
      breaker.succeeded();
    }
    expect(breaker.admits(0)).toBe(true);
    expect(states).toEqual([]);
  });

  it('lets a single call through after the pause, and refuses the others until that has ended', () => {
    for (let count = 0; count < 3; count++) breaker.failed(0);
    expect(breaker.admits(999)).toBe(false);
    expect(breaker.admits(1_000)).toBe(true);
    expect([breaker.admits(1_000), breaker.admits(9_000)]).toEqual([false, false]);
    expect(states).toEqual(['open', 'half-open']);
  });

  it('closes when the probe succeeds', () => {
    for (let count = 0; count < 3; count++) breaker.failed(0);
    breaker.admits(1_000);
    breaker.succeeded();
    expect([breaker.admits(1_000), breaker.isAnswering]).toEqual([true, true]);
    expect(states).toEqual(['open', 'half-open', 'closed']);
  });

  it('opens for another pause when the probe fails, at the first failure', () => {
    for (let count = 0; count < 3; count++) breaker.failed(0);
    breaker.admits(1_000);
    breaker.failed(1_500);
    expect([breaker.admits(2_499), breaker.admits(2_500)]).toEqual([false, true]);
    expect(states).toEqual(['open', 'half-open', 'open', 'half-open']);
  });

  it('takes the late success of a call from before it opened as a proof', () => {
    for (let count = 0; count < 3; count++) breaker.failed(0);
    breaker.succeeded();
    expect(breaker.admits(0)).toBe(true);
    expect(states).toEqual(['open', 'closed']);
  });

  it('is answering from a success to the next failure', () => {
    expect(breaker.isAnswering).toBe(true);
    breaker.failed(0);
    expect(breaker.isAnswering).toBe(false);
    breaker.succeeded();
    expect(breaker.isAnswering).toBe(true);
  });

  it('never opens without a limit', () => {
    const endless = opened(Number.POSITIVE_INFINITY);
    for (let count = 0; count < 1_000; count++) endless.failed(0);
    expect(endless.admits(0)).toBe(true);
  });

  it('never has two calls under way while half open, and tells each change once', () => {
    const steps = fc.array(fc.constantFrom('call', 'succeed', 'fail', 'wait'), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (script) => {
        states = [];
        const tested = opened(2);
        let now = 0;
        let underWay = 0;
        for (const step of script) {
          if (step === 'wait') now += 500;
          else if (step === 'call') {
            const wasOpen = states.at(-1) === 'open' || states.at(-1) === 'half-open';
            if (!tested.admits(now)) continue;
            if (wasOpen) expect(states.at(-1)).toBe('half-open');
            underWay++;
          } else if (underWay > 0) {
            underWay--;
            if (step === 'succeed') tested.succeeded();
            else tested.failed(now);
          }
          if (states.at(-1) === 'half-open') expect(tested.admits(now)).toBe(false);
        }
        for (const [at, state] of states.entries()) expect(state).not.toBe(states[at - 1]);
      }),
    );
  });
});
