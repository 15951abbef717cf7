import { context, INVALID_TRACEID, SpanStatusCode, trace, type Attributes, type Span } from '@opentelemetry/api';

// Follows whatever is registered later; without that, it makes spans that nobody sees.
const tracer = trace.getTracer('@switchyard/session-move');

/** What a span can be given while its work goes on; `undefined`: nobody listens. */
export type LiveSpan = Pick<Span, 'setAttribute' | 'setAttributes'> | undefined;

/** Does the work in a span of its own. Without an OpenTelemetry SDK this is the work and nothing else. */
export function traced<T>(name: string, attributes: Attributes, work: (span: LiveSpan) => Promise<T>): Promise<T> {
  const span = tracer.startSpan(name, { attributes });
  if (span.spanContext().traceId === INVALID_TRACEID) return work(undefined);
  return context.with(trace.setSpan(context.active(), span), async () => {
    try {
      return await work(span);
    } catch (error) {
      span.setAttribute('error.type', typeOf(error));
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** A span of something that has just been done, since `startedAt`: for what is only worth one when there was something to do. */
export function tracedSince(startedAt: Date, name: string, attributes: Attributes): void {
  tracer.startSpan(name, { startTime: startedAt, attributes }).end();
}

function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
