import { performance } from 'node:perf_hooks';
import { CommandFailure } from '../command.js';
import type { ServiceAnswer } from '../send-request.js';
import { parsedJson, type ServiceClient } from '../service-client.js';
import { type Check, failed, ok } from './check.js';
import { clockCheck } from './check-clock.js';

/** Is there a service, is it ready, and does its clock agree with the one here? */
export async function checkService(client: ServiceClient, now: () => number): Promise<readonly Check[]> {
  const asked = now();
  const start = performance.now();
  let answer: ServiceAnswer;
  try {
    answer = await client.exchange({ method: 'GET', path: '/readyz' });
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return [
      failed(
        'service',
        error.message,
        'Without a running service this command can only look at configuration and store.',
      ),
    ];
  }
  const millis = performance.now() - start;
  return [readiness(client.url, answer, millis), ...checkDate(answer, asked, now())];
}

function readiness(url: string, { status, body }: ServiceAnswer, millis: number): Check {
  const found = parsedJson(body) as { code?: unknown; detail?: unknown; status?: unknown } | undefined;
  if (status === 200 && found?.status === 'ready')
    return ok('service', `${url} is ready; it answered in ${millis.toFixed(0)} ms`);
  switch (found?.code) {
    case 'draining':
      return failed('service', `${url} is shutting down`, 'Wait for its end, and start it again.');
    case 'store_unavailable':
      return failed(
        'service',
        `${url} answers, and its store does not`,
        'Check the store: the log of the service says more.',
      );
    default:
      return failed(
        'service',
        `what answers at ${url} is no Larder service (${status})`,
        'Set LARDER_URL to the address of the service.',
      );
  }
}

/** RFC 9110, 6.6.1: whole seconds, cut off, and Node.js makes the text anew only once a second. */
function checkDate({ fields }: ServiceAnswer, asked: number, answered: number): readonly Check[] {
  const date = Date.parse(fields.date ?? '');
  if (Number.isNaN(date)) return [];
  const advice = 'Keep NTP running on both machines: times to live and the ends of API keys go by the service.';
  return [clockCheck('service clock', 'at the service', { asked, answered, time: date + 500, error: 1_500 }, advice)];
}
