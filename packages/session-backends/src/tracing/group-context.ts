import { context, createContextKey, trace, type Context, type Link } from '@opentelemetry/api';

const ALONGSIDE = createContextKey('@switchyard/session-backends: spans that share an exchange');

/**
 * The context in which what several wait for is done: that of the first whose trace is kept. The span of it is linked to
 * those of the others.
 */
export function groupContext(waiting: readonly { readonly within: Context }[]): Context {
  const [first] = waiting;
  if (first === undefined || waiting.length === 1) return first?.within ?? context.active();
  let main: Context | undefined;
  const links: Link[] = [];
  for (const { within } of waiting) {
    const span = trace.getSpan(within);
    if (span?.isRecording() !== true) continue;
    if (main === undefined) main = within;
    else links.push({ context: span.spanContext() });
  }
  if (main === undefined) return first.within;
  return links.length === 0 ? main : main.setValue(ALONGSIDE, links);
}

/** The spans that a span of now is linked to. */
export const linksOfGroup = (): Link[] | undefined => context.active().getValue(ALONGSIDE) as Link[] | undefined;
