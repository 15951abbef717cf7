/** The engine's words come first; below them is a trace through the engine, which helps nobody here. */
export function reasonOf(cause: unknown): string {
  const lines = (cause instanceof Error ? cause.message : String(cause)).split('\n').map((line) => line.trim());
  const trace = lines.findIndex((line) => /^\d+: /.test(line));
  return lines
    .slice(0, trace === -1 ? undefined : trace)
    .filter((line) => line !== '')
    .join(' ');
}
