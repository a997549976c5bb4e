import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrequencySketch } from '../../src/memory/frequency-sketch.js';
import { keyHasher } from '../../src/memory/hash-key.js';
import { ModelSketch } from './support/models.js';

const hash = keyHasher(1);
const sketchFor = (entries: number) => {
  const sketch = new FrequencySketch();
  sketch.resize(entries);
  return sketch;
};

const hashes = fc.oneof(
  fc.integer({ min: 0, max: 30 }).map((key) => hash(`${key}`)),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
);
const operations = fc.array(
  fc.oneof(
    {
      weight: 20,
      arbitrary: fc.record({ kind: fc.constant('add' as const), hash: hashes, times: fc.integer({ min: 1, max: 15 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('resize' as const), entries: fc.integer({ min: 0, max: 2000 }) }),
    },
  ),
  { size: 'max', maxLength: 80 },
);

describe('FrequencySketch', () => {
  it('estimates as its reference model does', () => {
    fc.assert(
      fc.property(operations, (steps) => {
        const sketch = new FrequencySketch();
        const model = new ModelSketch();
        for (const step of steps) {
          for (const each of [sketch, model]) {
            if (step.kind === 'add') each.add(step.hash, step.times);
            else each.resize(step.entries);
          }
          if (step.kind === 'add') expect(sketch.estimate(step.hash)).toBe(model.estimate(step.hash));
        }
        for (let key = 0; key < 30; key++) expect(sketch.estimate(hash(`${key}`))).toBe(model.estimate(hash(`${key}`)));
      }),
      { numRuns: 40 },
    );
  });

  it('never estimates less than the truth, up to 15, before it ages', () => {
    const sketch = sketchFor(1000);
    for (let key = 0; key < 800; key++) sketch.add(hash(`${key}`), 1 + (key % 12));
    for (let key = 0; key < 800; key++) expect(sketch.estimate(hash(`${key}`))).toBeGreaterThanOrEqual(1 + (key % 12));
  });

  it('seldom takes one key for another', () => {
    const sketch = sketchFor(1000);
    for (let key = 0; key < 1000; key++) sketch.add(hash(`${key}`), 1);
    const strangers = Array.from({ length: 1000 }, (_, key) => sketch.estimate(hash(`stranger${key}`)));
    expect(strangers.filter((estimate) => estimate > 0).length).toBeLessThan(10);
  });

  it('counts to 15', () => {
    const sketch = sketchFor(1000);
    for (let turn = 0; turn < 40; turn++) sketch.add(hash('key'), 1);
    expect(sketch.estimate(hash('key'))).toBe(15);
  });

  it('halves all counts after ten additions an entry', () => {
    const sketch = sketchFor(100);
    sketch.add(hash('key'), 12);
    for (let turn = 0; turn < 987; turn++) sketch.add(hash(`${turn}`), 1);
    expect(sketch.estimate(hash('key'))).toBeGreaterThanOrEqual(12);
    sketch.add(hash('last'), 1);
    expect(sketch.estimate(hash('key'))).toBeLessThanOrEqual(7);
  });

  it('keeps its counts when it grows', () => {
    const sketch = sketchFor(1000);
    for (let key = 0; key < 100; key++) sketch.add(hash(`${key}`), 5);
    for (const entries of [2000, 4000, 5000, 100_000]) {
      sketch.resize(entries);
      for (let key = 0; key < 100; key++) expect(sketch.estimate(hash(`${key}`))).toBeGreaterThanOrEqual(5);
    }
  });

  it('takes 8 to 16 bytes an entry', () => {
    expect(sketchFor(2 ** 17).bytes).toBe(8 * 2 ** 17);
    expect(sketchFor(2 ** 17 + 1).bytes).toBe(16 * 2 ** 17);
  });
});
