import type { RouteName } from '../../http/addresses.js';
import { counter, gauge, type Metric, type Sample } from './prometheus-text.js';
import { boundsInSeconds, type Durations, type Traffic } from './traffic.js';

/** Requests and answers, by route and status. */
export function trafficMetrics(traffic: Traffic): readonly Metric[] {
  const routes = [...traffic.routes()];
  return [
    counter(
      'larder_answers_total',
      'HTTP answers.',
      routes.flatMap(([route, { byStatus }]) =>
        byStatus.map(({ status, count }) => ({ labels: { route, status: String(status) }, value: count })),
      ),
    ),
    {
      name: 'larder_request_duration_seconds',
      type: 'histogram',
      help: 'From the head of a request to its answer.',
      samples: routes.flatMap(([route, { durations }]) =>
        durations.flatMap(({ statusClass, seconds }) => durationSamples(route, statusClass, seconds)),
      ),
    },
    gauge('larder_requests_in_flight', 'Requests that are not answered yet, this one included.', traffic.inFlight),
    counter('larder_received_bytes_total', 'Bytes of the bodies of requests.', traffic.receivedBytes),
    counter('larder_sent_bytes_total', 'Bytes of the bodies of answers.', traffic.sentBytes),
  ];
}

function durationSamples(route: RouteName, status: string, { cumulative, sum }: Durations): readonly Sample[] {
  const labels = { route, status };
  const buckets = cumulative.map((value, at) => ({
    suffix: '_bucket',
    labels: { ...labels, le: String(boundsInSeconds[at] ?? '+Inf') },
    value,
  }));
  return [
    ...buckets,
    { suffix: '_sum', labels, value: sum },
    { suffix: '_count', labels, value: cumulative.at(-1) ?? 0 },
  ];
}
