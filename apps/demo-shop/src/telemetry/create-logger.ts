import { isSpanContextValid, trace } from '@opentelemetry/api';
import { pino, type DestinationStream, type Logger } from 'pino';
import type { ShopConfig } from '../config.ts';
import { prettyLine } from './pretty-line.ts';
import { redactSecrets } from './redact-secrets.ts';
import { requestScope } from './request-scope.ts';

const STDOUT: DestinationStream = { write: (line) => void process.stdout.write(line) };

/**
 * The log of the shop: a line of JSON for each event, or one to be read by people. Lines that belong to a request say so,
 * and to a trace, where there is one. Secrets are taken out of the finished line.
 */
export function createLogger(
  { logLevel, logFormat }: Pick<ShopConfig, 'logLevel' | 'logFormat'>,
  destination: DestinationStream = STDOUT,
): Logger {
  return pino(
    {
      level: logLevel,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
      mixin: () => ({ ...requestScope.getStore(), ...traceIds() }),
      hooks: { streamWrite: (line) => (logFormat === 'json' ? redactSecrets(line) : prettyLine(redactSecrets(line))) },
    },
    destination,
  );
}

function traceIds(): { traceId: string; spanId: string } | undefined {
  const span = trace.getActiveSpan()?.spanContext();
  return span !== undefined && isSpanContextValid(span) ? { traceId: span.traceId, spanId: span.spanId } : undefined;
}
