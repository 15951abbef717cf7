import {
  context,
  INVALID_TRACEID,
  SpanStatusCode,
  trace,
  type Attributes,
  type Span,
  type SpanOptions,
} from '@opentelemetry/api';

/** What a span can be given while its work goes on; `undefined`: nobody listens. */
export type LiveSpan = Pick<Span, 'setAttribute' | 'setAttributes'> | undefined;

/** Spans under the name of one library. */
export interface Tracing {
  /**
   * Does the work in a span of its own: what the work begins is inside of it. Without an OpenTelemetry SDK this is the work
   * and nothing else.
   */
  traced<T>(
    name: string,
    attributes: Attributes,
    work: (span: LiveSpan) => Promise<T>,
    options?: Pick<SpanOptions, 'kind' | 'links'>,
  ): Promise<T>;
  /** A span of something that has just been done, since `startedAt`: for what is only worth one when there was something to do. */
  tracedSince(startedAt: Date, name: string, attributes: Attributes): void;
}

export function createTracing(library: string): Tracing {
  // Follows whatever is registered later; without that, it makes spans that nobody sees.
  const tracer = trace.getTracer(library);
  return {
    traced: (name, attributes, work, options = {}) => {
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
    },
    tracedSince: (startedAt, name, attributes) => tracer.startSpan(name, { startTime: startedAt, attributes }).end(),
  };
}

function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
