import { context, INVALID_TRACEID, SpanKind, SpanStatusCode, trace, type Attributes } from '@opentelemetry/api';
import { labelOf, type Intent } from './intent.ts';
import type { Place } from './routing-core.ts';

// Follows whatever is registered later; without that, it makes spans that nobody sees.
const tracer = trace.getTracer('@switchyard/router');

/** Sends an operation, in a span that says which database it went to. Its arguments are not shown. */
export function tracedOperation<T>(intent: Intent, { alias }: Place, send: () => Promise<T>): Promise<T> {
  const { model, operation } = intent;
  const attributes: Attributes = {
    'switchyard.database': alias,
    'switchyard.kind': operation.kind,
    'db.operation.name': operation.name,
  };
  if (model !== undefined) attributes['db.collection.name'] = model.key;
  return traced(labelOf(intent), send, attributes);
}

/** The same for a transaction, which the operations in it are part of. */
export const tracedTransaction = <T>(alias: string, send: () => Promise<T>): Promise<T> =>
  traced('$transaction', send, { 'switchyard.database': alias });

function traced<T>(name: string, send: () => Promise<T>, attributes: Attributes): Promise<T> {
  const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes });
  if (span.spanContext().traceId === INVALID_TRACEID) return send();
  return context.with(trace.setSpan(context.active(), span), async () => {
    try {
      return await send();
    } catch (error) {
      // Not the error itself: Prisma's messages quote what was asked for.
      span.setAttribute('error.type', typeOf(error));
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}

function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
