import { isLostConnection } from '@switchyard/session-move';

export interface ErrorDescription {
  readonly name: string;
  readonly code: string | undefined;
  /** Where it was thrown: file and line. */
  readonly at: string | undefined;
  readonly causes: readonly string[];
}

/**
 * What may be logged of an error. Its message may not, since it can quote what a visitor typed or what a session holds;
 * nor may the stack, which begins with the message.
 */
export function describeError(error: unknown): ErrorDescription {
  if (!(error instanceof Error)) return { name: typeof error, code: undefined, at: undefined, causes: [] };
  return { name: error.name, code: codeOf(error), at: placeOf(error), causes: causesOf(error.cause) };
}

const codeOf = (error: Error): string | undefined => {
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' ? code : undefined;
};

function placeOf(error: Error): string | undefined {
  const frames = error.stack?.split('\n').filter((line) => /^\s+at .*:\d+:\d+\)?$/.test(line)) ?? [];
  const own = frames.find((line) => !line.includes('node_modules') && !line.includes('node:')) ?? frames[0];
  return own?.trim().replace(/^at /, '');
}

function causesOf(cause: unknown, depth = 0): string[] {
  if (!(cause instanceof Error) || depth === 5) return [];
  const code = codeOf(cause);
  const what = code ?? (isLostConnection(cause) ? '(connection lost)' : undefined);
  return [what === undefined ? cause.name : `${cause.name} ${what}`, ...causesOf(cause.cause, depth + 1)];
}
