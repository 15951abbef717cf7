import { SpanKind, trace, type Attributes } from '@opentelemetry/api';
import { createTracing, type LiveSpan } from './create-tracing.ts';
import { linksOfGroup } from './group-context.ts';

export const { traced } = createTracing('@switchyard/session-backends');

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
