import fc from 'fast-check';
import { merge, sameJson, type ConflictResolver, type ValueConflict } from '@switchyard/session-backends';
import { assertHolds, findCounterexample } from '../support/check-property.ts';

type Values = Record<string, unknown>;
type Path = readonly string[];

const name = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', 'hasOwnProperty');
const leaf = fc.oneof(
  fc.nat({ max: 2 }),
  fc.constantFrom(null, '', true),
  fc.array(fc.nat({ max: 1 }), { maxLength: 2 }),
);
const objectOf = <T>(part: fc.Arbitrary<T>): fc.Arbitrary<Values> =>
  // By entries: an assignment to __proto__ would not make a part of it.
  fc.uniqueArray(fc.tuple(name, part), { selector: ([key]) => key, maxLength: 3 }).map(Object.fromEntries);
const values = objectOf(fc.oneof(leaf, objectOf(fc.oneof(leaf, objectOf(leaf)))));

const isObject = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const at = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((part, key) => (isObject(part) && Object.hasOwn(part, key) ? part[key] : undefined), value);

/** Where values are that are not made of parts. */
const leaves = (value: unknown, path: Path = []): Path[] =>
  isObject(value) ? Object.keys(value).flatMap((key) => leaves(value[key], [...path, key])) : [path];

const isPrefix = (prefix: Path, path: Path): boolean => prefix.every((key, i) => path[i] === key);

const frozen = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(frozen);
  return Object.freeze(value);
};

const refuse: ConflictResolver = () => {
  throw new Error('there is no conflict');
};

/** Sets a value deep inside, or takes it out. */
interface Edit {
  readonly path: Path;
  readonly value: unknown;
}
const edit: fc.Arbitrary<Edit> = fc.record({
  path: fc.array(name, { minLength: 1, maxLength: 3 }),
  value: fc.option(leaf, { nil: undefined }),
});

function edited(value: unknown, { path: [key, ...rest], value: put }: Edit): unknown {
  if (key === undefined) return put;
  if (!isObject(value) && put === undefined) return value;
  const parts = Object.entries(isObject(value) ? value : {}).filter(([other]) => other !== key);
  const part = edited(at(value, [key]), { path: rest, value: put });
  return Object.fromEntries(part === undefined ? parts : [...parts, [key, part]]);
}

const overlap = (one: Edit, other: Edit): boolean => isPrefix(one.path, other.path) || isPrefix(other.path, one.path);

type Merge = typeof merge;

/** What is changed on one side alone, or on both to the same, is in the result; whatever else is, was asked for. */
const losesNothing = (merged: Merge) =>
  fc.property(values, values, values, (base, ours, theirs) => {
    const conflicts: ValueConflict[] = [];
    const result = merged(frozen(base), frozen(ours), frozen(theirs), (conflict) => {
      conflicts.push(conflict);
      return 'resolved';
    });
    for (const { path, ...sides } of conflicts) {
      expect(sides).toEqual({ base: at(base, path), ours: at(ours, path), theirs: at(theirs, path) });
      expect(sameJson(sides.ours, sides.base) || sameJson(sides.theirs, sides.base)).toBe(false);
      expect(sameJson(sides.ours, sides.theirs) || (isObject(sides.ours) && isObject(sides.theirs))).toBe(false);
      expect(at(result, path)).toBe('resolved');
    }
    expect(new Set(conflicts.map(({ path }) => path.join())).size).toBe(conflicts.length);
    for (const path of [base, ours, theirs].flatMap((value) => leaves(value))) {
      if (conflicts.some((conflict) => isPrefix(conflict.path, path))) continue;
      const [before, mine, yours] = [at(base, path), at(ours, path), at(theirs, path)];
      if (sameJson(before, yours) || sameJson(mine, yours)) expect(at(result, path)).toEqual(mine);
      else if (sameJson(before, mine)) expect(at(result, path)).toEqual(yours);
    }
  });

describe('merging what two requests changed', () => {
  it('takes what only one of them changed', async () => {
    await assertHolds(
      fc.property(values, values, (base, other) => {
        expect(merge(base, base, other, refuse)).toEqual(other);
        expect(merge(base, other, base, refuse)).toEqual(other);
        expect(merge(base, other, other, refuse)).toEqual(other);
      }),
      300,
    );
  });

  it('loses nothing, and asks exactly where both changed a value that has no parts', async () => {
    await assertHolds(losesNothing(merge), 1000);
  });

  it('puts changes of different values together, whoever comes first', async () => {
    const edits = fc
      .tuple(fc.array(edit, { maxLength: 4 }), fc.array(edit, { maxLength: 4 }))
      .filter(([ours, theirs]) => !ours.some((one) => theirs.some((other) => overlap(one, other))));
    await assertHolds(
      fc.property(values, edits, (base, [mine, yours]) => {
        const apply = (list: readonly Edit[], value: unknown): Values => list.reduce<unknown>(edited, value) as Values;
        const [ours, theirs] = [apply(mine, base), apply(yours, base)];
        const merged = merge(base, ours, theirs, refuse);
        expect(merged).toEqual(apply(yours, ours));
        expect(merge(base, theirs, ours, refuse)).toEqual(merged);
      }),
      500,
    );
  });

  it('leaves prototypes alone, whatever values are called', async () => {
    await assertHolds(
      fc.property(values, values, values, (base, ours, theirs) => {
        const result = merge(base, ours, theirs, ({ ours: mine }) => mine);
        const check = (value: unknown): void => {
          if (!isObject(value)) return;
          expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
          Object.values(value).forEach(check);
        };
        check(result);
        expect(Object.keys(Object.prototype)).toEqual([]);
        expect(({} as Values)['a']).toBeUndefined();
      }),
      300,
    );
  });

  it.each<[string, Merge]>([
    ['the later one wins', (_base, ours) => ({ ...ours })],
    [
      'values are not taken apart',
      (base, ours, theirs, resolve) => merge(flat(base), flat(ours), flat(theirs), resolve),
    ],
    ['nobody is asked', (base, ours, theirs) => merge(base, ours, theirs, ({ ours: mine }) => mine)],
    ['nothing is taken out', (base, ours, theirs, resolve) => ({ ...base, ...merge(base, ours, theirs, resolve) })],
  ])('is found to be wrong when %s', async (_name, wrong) => {
    expect(await findCounterexample(losesNothing(wrong), 5000)).toContain('expect(');
  });
});

/** Objects become arrays, which are not taken apart. */
const flat = (value: Readonly<Values>): Values =>
  Object.fromEntries(Object.entries(value).map(([key, part]) => [key, isObject(part) ? Object.entries(part) : part]));
