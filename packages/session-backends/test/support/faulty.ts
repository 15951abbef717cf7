import fc from 'fast-check';

/** `down`: nothing is done. `loses the answer`: it is done, and nobody learns of it. */
export type DrawnFault = 'none' | 'down' | 'loses the answer';

/** What becomes of one call after the other: a fault each fifth time or so. */
export const someFaults: fc.Arbitrary<DrawnFault[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constant<DrawnFault>('none') },
    fc.constantFrom<DrawnFault>('down', 'loses the answer'),
  ),
  { minLength: 10, maxLength: 60 },
);

/** Or all goes well. */
export const drawnFaults: fc.Arbitrary<DrawnFault[]> = fc.oneof(fc.constant<DrawnFault[]>([]), someFaults);

/** Each call meets the next fault of the list; when there are no more, all goes well. */
export function faulty<T extends object>(
  port: T,
  faults: DrawnFault[],
  failure: (outcome: 'none' | 'unknown') => Error,
): T {
  const wrap =
    (call: (...args: unknown[]) => Promise<unknown>) =>
    async (...args: unknown[]): Promise<unknown> => {
      const fault = faults.shift() ?? 'none';
      if (fault === 'down') throw failure('none');
      const answer = await call(...args);
      if (fault === 'loses the answer') throw failure('unknown');
      return answer;
    };
  return wrapMembers(port, (_member, call) => wrap(call));
}

/** The same port with all its functions wrapped. */
export const wrapMembers = <T extends object>(
  port: T,
  wrap: (member: string, call: (...args: unknown[]) => Promise<unknown>) => (...args: unknown[]) => Promise<unknown>,
): T =>
  Object.fromEntries(
    Object.entries(port).map(([member, value]: [string, unknown]) => [
      member,
      typeof value === 'function' ? wrap(member, value as () => Promise<unknown>) : value,
    ]),
  ) as T;
