import { Gauge, Histogram, type Registry } from 'prom-client';

export interface FinishedRequest {
  readonly method: string | undefined;
  /** A template. */
  readonly route: string;
  /** `undefined`: the answer was cut off. */
  readonly status: number | undefined;
}

export interface RequestMetrics {
  /** A request has begun; the function that is returned says how it ended. */
  begin(): (finished: FinishedRequest) => void;
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function requestMetrics(registry: Registry): RequestMetrics {
  const durations = new Histogram({
    name: 'shop_http_request_duration_seconds',
    help: 'Time from the request to the end of its answer, by method, route template and class of status; "cut": broken off',
    labelNames: ['method', 'route', 'status_class'],
    buckets: BUCKETS_S,
    registers: [registry],
  });
  const underWay = new Gauge({
    name: 'shop_http_requests_in_flight',
    help: 'Requests under way now',
    registers: [registry],
  });
  return {
    begin: () => {
      const startedAt = performance.now();
      underWay.inc();
      return ({ method = '', route, status }) => {
        underWay.dec();
        durations.observe(
          {
            method: METHODS.has(method) ? method : 'other',
            route,
            status_class: status === undefined ? 'cut' : `${Math.floor(status / 100)}xx`,
          },
          (performance.now() - startedAt) / 1_000,
        );
      };
    },
  };
}
