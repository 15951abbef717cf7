import {
  context,
  INVALID_TRACEID,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Span,
  type SpanOptions,
} from '@opentelemetry/api';
import { linksOfGroup } from './group-context.ts';

// Follows whatever is registered later; without that, it makes spans that nobody sees.
const tracer = trace.getTracer('@switchyard/session-backends');

/** What a span can be given while its work goes on; `undefined`: nobody listens. */
export type LiveSpan = Pick<Span, 'setAttribute' | 'setAttributes'> | undefined;

/**
 * Does the work in a span of its own: what the work begins is inside of it. Without an OpenTelemetry SDK this is the work
 * and nothing else.
 */
export function traced<T>(
  name: string,
  attributes: Attributes,
  work: (span: LiveSpan) => Promise<T>,
  options: Pick<SpanOptions, 'kind' | 'links'> = {},
): Promise<T> {
  const span = tracer.startSpan(name, { ...options, attributes });
  if (span.spanContext().traceId === INVALID_TRACEID) return work(undefined);
  return context.with(trace.setSpan(context.active(), span), async () => {
    try {
      return await work(span);
    } catch (error) {
      // Not the error itself: its message may quote what a driver, or an application, has put into it.
      span.setAttribute('error.type', typeOf(error));
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}

/**
 * Whether there is a span to be part of. What is asked of a server is only shown then: heartbeats and upkeep, which nobody
 * has asked for, make no traces of their own.
 */
export const isTracing = (): boolean => trace.getActiveSpan() !== undefined;

/** The same for what is asked of a server, be it for several at once. */
export const tracedExchange = <T>(
  name: string,
  attributes: Attributes,
  work: (span: LiveSpan) => Promise<T>,
): Promise<T> => traced(name, attributes, work, { kind: SpanKind.CLIENT, links: linksOfGroup() ?? [] });

function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
