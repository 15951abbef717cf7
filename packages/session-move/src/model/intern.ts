/**
 * Gives equal values the same small number, so that a state is a handful of numbers and two states are compared by
 * comparing those. Values are plain data, built with their fields in the same order wherever they are built.
 */
export interface Interner<T> {
  idOf(value: T): number;
  valueOf(id: number): T;
}

export function createInterner<T>(): Interner<T> {
  const ids = new Map<string, number>();
  const values: T[] = [];
  return {
    idOf(value) {
      const text = JSON.stringify(value);
      const known = ids.get(text);
      if (known !== undefined) return known;
      const id = values.length;
      ids.set(text, id);
      values.push(value);
      return id;
    },
    valueOf: (id) => values[id] as T,
  };
}

/** Numbers for pairs of numbers. */
export interface Pairing {
  idOf(first: number, second: number): number;
  firstOf(id: number): number;
  secondOf(id: number): number;
}

export function createPairing(): Pairing {
  const firsts: number[] = [];
  const seconds: number[] = [];
  return {
    idOf: memoize2((first, second) => {
      firsts.push(first);
      return seconds.push(second) - 1;
    }),
    firstOf: (id) => firsts[id] as number,
    secondOf: (id) => seconds[id] as number,
  };
}

/** Remembers the answers of a pure function of one small number. */
export function memoize<T>(compute: (a: number) => T): (a: number) => T {
  const known: T[] = [];
  return (a) => (known[a] ??= compute(a));
}

/** Remembers the answers of a pure function of two small numbers. */
export function memoize2<T>(compute: (a: number, b: number) => T): (a: number, b: number) => T {
  const rows: (Map<number, T> | undefined)[] = [];
  return (a, b) => {
    const row = (rows[a] ??= new Map<number, T>());
    const known = row.get(b);
    if (known !== undefined) return known;
    const answer = compute(a, b);
    row.set(b, answer);
    return answer;
  };
}
