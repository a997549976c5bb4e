import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FromWorker, ToWorker } from '../../src/workers/messages.js';
import { createReportDesk } from '../../src/workers/report-desk.js';
import type { Reports } from '../../src/workers/reports.js';
import { workerReports } from '../../src/workers/worker-reports.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const desk = () => createReportDesk({ counts: (left, last) => `${left === undefined ? '' : `${left}+`}${last}` });

/** A worker whose messages go to the desk and back at once, until it hangs. */
function worker(at: ReturnType<typeof desk>, id: number, count: string) {
  let hear: (message: ToWorker) => void = () => {};
  const state = { hangs: false, counts: count };
  const reports: Reports = workerReports({
    send: (message: FromWorker) => at.heard(id, message),
    listen: (listener) => {
      hear = listener;
    },
  });
  reports.offer('counts', () => state.counts);
  reports.offer('of', (about) => `${about} of ${id}`);
  at.joined(id, (message) => {
    if (!state.hangs) hear(message);
  });
  return { reports, state };
}

async function inTime<Value>(asked: Promise<Value>): Promise<Value> {
  await vi.advanceTimersByTimeAsync(5_000);
  return asked;
}

describe('what workers report', () => {
  it('is collected from all of them, whoever asks', async () => {
    const at = desk();
    const workers = [worker(at, 1, '1'), worker(at, 2, '2'), worker(at, 3, '3')];
    for (const { reports } of workers) {
      expect([...(await reports.ofAll('of', 'tea'))].sort()).toEqual(['tea of 1', 'tea of 2', 'tea of 3']);
    }
  });

  it('is collected without waiting for those who know nothing of the subject', async () => {
    const at = desk();
    const { reports } = worker(at, 1, '1');
    worker(at, 2, '2');
    reports.offer('own', () => 'mine');
    expect(await reports.ofAll('own')).toEqual(['mine']);
  });

  it('leaves out a worker that does not answer within a second', async () => {
    const at = desk();
    const { reports } = worker(at, 1, '1');
    worker(at, 2, '2').state.hangs = true;
    expect(await inTime(reports.ofAll('of', 'tea'))).toEqual(['tea of 1']);
  });

  it('is not waited for where the worker ends meanwhile', async () => {
    const at = desk();
    const { reports } = worker(at, 1, '1');
    worker(at, 2, '2').state.hangs = true;
    const asked = reports.ofAll('of', 'tea');
    at.left(2);
    expect(await asked).toEqual(['tea of 1']);
  });

  it('is its own where the primary says nothing', async () => {
    const reports = workerReports({ send: () => {}, listen: () => {} });
    reports.offer('of', (about) => `${about} of me`);
    expect(await inTime(reports.ofAll('of', 'tea'))).toEqual(['tea of me']);
  });

  it('counts with the last report of a worker that hangs or has ended, where sums must not fall', async () => {
    const at = desk();
    const [one, two, three] = [worker(at, 1, '1'), worker(at, 2, '2'), worker(at, 3, '3')];
    const counts = async () => [...(await inTime(one.reports.ofAll('counts')))].sort();
    expect(await counts()).toEqual(['1', '2', '3']);
    two.state.hangs = true;
    one.state.counts = '10';
    expect(await counts()).toEqual(['10', '2', '3']);
    at.left(2);
    expect(await counts()).toEqual(['10', '2', '3']);
    three.state.counts = '30';
    at.left(3);
    expect(await counts()).toEqual(['10', '2+3']);
  });

  it('counts once, of a worker that reports and ends while others are waited for', async () => {
    const at = desk();
    const [one, , three] = [worker(at, 1, '1'), worker(at, 2, '2'), worker(at, 3, '3')];
    three.state.hangs = true;
    const asked = one.reports.ofAll('counts');
    await vi.advanceTimersByTimeAsync(10);
    at.left(2);
    expect([...(await inTime(asked))].sort()).toEqual(['1', '2']);
  });
});
