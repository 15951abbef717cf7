import { collectDefaultMetrics, Registry } from 'prom-client';
import { requestMetrics, type RequestMetrics } from './request-metrics.ts';
import { sessionMetrics, type SessionMetrics } from './session-metrics.ts';
import { shopGauges, type GaugeSources } from './shop-gauges.ts';

/** Everything that one process of the shop measures. docs/operations.md lists it. */
export interface ShopMetrics {
  readonly registry: Registry;
  readonly requests: RequestMetrics;
  readonly sessions: SessionMetrics;
  /** Adds what can only be asked for once the shop has been put together. */
  gauges(sources: GaugeSources): void;
}

export function shopMetrics(): ShopMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    requests: requestMetrics(registry),
    sessions: sessionMetrics(registry),
    gauges: (sources) => shopGauges(registry, sources),
  };
}
