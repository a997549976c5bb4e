import { describe, expect, it } from 'vitest';
import { countsAlone, sumOfMetrics } from '../../../src/modules/stats/sum-of-metrics.js';

const lines = (...text: string[]) => `${text.join('\n')}\n`;

describe('the metrics of several processes', () => {
  it('are those of the one, where there is one', () => {
    const text = lines('# TYPE larder_hits_total counter', 'larder_hits_total 1');
    expect(sumOfMetrics([text])).toBe(text);
  });

  it('have each number added up by its labels, under one heading', () => {
    const heading = ['# HELP larder_answers_total HTTP answers.', '# TYPE larder_answers_total counter'];
    const answers = (status: number, count: number) =>
      `larder_answers_total{route="entry",status="${status}"} ${count}`;
    expect(
      sumOfMetrics([lines(...heading, answers(200, 3), answers(404, 1)), lines(...heading, answers(200, 4))]),
    ).toBe(lines(...heading, answers(200, 7), answers(404, 1)));
  });

  it('name what only one of them counts, with its own heading', () => {
    const hits = lines('# TYPE hits_total counter', 'hits_total 1');
    const misses = lines('# TYPE misses_total counter', 'misses_total 2');
    expect(sumOfMetrics([hits, misses, hits])).toBe(
      lines('# TYPE hits_total counter', 'hits_total 2', '# TYPE misses_total counter', 'misses_total 2'),
    );
  });

  it('add up histograms bucket by bucket', () => {
    const histogram = (under: number, all: number, sum: number) =>
      lines(
        '# TYPE seconds histogram',
        `seconds_bucket{le="0.1"} ${under}`,
        `seconds_bucket{le="+Inf"} ${all}`,
        `seconds_sum ${sum}`,
        `seconds_count ${all}`,
      );
    expect(sumOfMetrics([histogram(1, 2, 0.5), histogram(10, 20, 1.25)])).toBe(histogram(11, 22, 1.75));
  });

  it('keep apart labels that hold spaces and braces', () => {
    const text = (value: number) => lines('# TYPE g gauge', `g{a="x } 1"} ${value}`, `g{a="x"} 5`);
    expect(sumOfMetrics([text(1), text(2)])).toBe(lines('# TYPE g gauge', 'g{a="x } 1"} 3', 'g{a="x"} 10'));
  });

  it('do not add up what is no amount', () => {
    const text = (value: number) =>
      lines('# TYPE process_start_time_seconds gauge', `process_start_time_seconds ${value}`);
    expect(sumOfMetrics([text(10), text(30), text(20)])).toBe(text(30));
  });

  it('of a process that has ended are its counts', () => {
    const counter = ['# TYPE hits_total counter', 'hits_total 1'];
    expect(countsAlone(lines('# HELP bytes Held.', '# TYPE bytes gauge', 'bytes 7', ...counter))).toBe(
      lines(...counter),
    );
  });
});
