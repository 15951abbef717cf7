import fc from 'fast-check';
import { jsonCodec, sameJson, SessionError } from '@switchyard/session-backends';
import { decodeDocument, encodeDocument, type SessionMeta } from '../../src/session/session-document.ts';
import { assertHolds, findCounterexample } from '../support/check-property.ts';

type Values = Record<string, unknown>;

/** Names that were used to get at prototypes, and everyday ones. */
const name = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'prototype', 'toJSON', '_session'));
const objectOf = (part: fc.Arbitrary<unknown>): fc.Arbitrary<Values> =>
  // By entries: an assignment to __proto__ would not make a part of it.
  fc.array(fc.tuple(name, part), { maxLength: 4 }).map(Object.fromEntries);

const anything = fc.oneof(
  fc.anything(),
  fc.double(),
  fc.anything({
    key: name,
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withSparseArray: true,
    withNullPrototype: true,
  }),
);

const isObject = (value: unknown): value is Values => typeof value === 'object' && value !== null;

/** Every object and array in a value. */
const parts = (value: unknown): object[] => (isObject(value) ? [value, ...Object.values(value).flatMap(parts)] : []);

const namesPrototypes = (value: unknown): boolean =>
  parts(value).some((part) => Object.hasOwn(part, '__proto__') || Object.hasOwn(part, 'constructor'));

const codeOf = (act: () => unknown): string => {
  try {
    act();
    return 'none';
  } catch (error) {
    return error instanceof SessionError ? error.code : (error as Error).name;
  }
};

/** The same, with some of the letters in its strings written as \\u escapes. */
const spelled = (json: string, escaped: readonly boolean[]): string =>
  json.replaceAll(/"[^"]*"/g, (text) =>
    text.replaceAll(/\w/g, (letter, at: number) =>
      escaped[at % escaped.length] ? `\\u00${letter.charCodeAt(0).toString(16)}` : letter,
    ),
  );

const hostileText = fc
  .tuple(
    fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(1, null, true, 'x'),
        fc.array(tie('value'), { maxLength: 2 }),
        fc
          .array(fc.tuple(fc.constantFrom('__proto__', 'constructor', 'prototype', 'a', '_session'), tie('value')), {
            maxLength: 3,
          })
          .map(Object.fromEntries),
      ),
    })).value,
    fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
  )
  .map(([value, escaped]) => spelled(JSON.stringify(value), escaped));

const roundTrip = (codec: typeof jsonCodec) =>
  fc.property(objectOf(anything), (values) => {
    let text: string;
    try {
      text = codec.encode(values);
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError);
      return;
    }
    expect(sameJson(codec.decode(text), values)).toBe(true);
  });

describe('session data as JSON', () => {
  it('comes back as it went in', async () => {
    await assertHolds(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (values) => {
        fc.pre(!namesPrototypes(values));
        expect(jsonCodec.decode(jsonCodec.encode(values))).toEqual(JSON.parse(JSON.stringify(values)));
      }),
      500,
    );
  });

  it('is refused when it would come back as something else', async () => {
    await assertHolds(roundTrip(jsonCodec), 2000);
  });

  it('is found out when it is not', async () => {
    const plain = {
      encode: (values: object) => JSON.stringify(values),
      decode: (text: string) => JSON.parse(text) as Values,
    };
    expect(await findCounterexample(roundTrip(plain), 5000)).toContain('expect(');
  });

  it('reaches no prototype, however it is spelled', async () => {
    await assertHolds(
      fc.property(hostileText, (text) => {
        let values: Values;
        try {
          values = jsonCodec.decode(text);
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError);
          return;
        }
        for (const part of parts(values)) {
          expect(Object.hasOwn(part, '__proto__')).toBe(false);
          const { constructor } = part;
          expect(isObject(constructor) && Object.hasOwn(constructor, 'prototype')).toBe(false);
          expect([Object.prototype, Array.prototype]).toContain(Object.getPrototypeOf(part));
        }
        expect(Object.keys(Object.prototype)).toEqual([]);
        expect(codeOf(() => jsonCodec.encode(values))).toBe('none');
      }),
      1000,
    );
  });

  it('that nobody can read is SESSION_UNDECODABLE, whatever it is', async () => {
    await assertHolds(
      fc.property(fc.oneof(fc.string(), fc.json(), hostileText), (text) => {
        expect(['none', 'SESSION_UNDECODABLE']).toContain(codeOf(() => decodeDocument(text, jsonCodec)));
      }),
      1000,
    );
  });

  it('keeps what the session knows of itself beside the values', async () => {
    const meta: fc.Arbitrary<SessionMeta> = fc.record(
      {
        expiry: fc.oneof(
          fc.maxSafeInteger(),
          fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
        ),
        authHash: fc.string(),
      },
      { requiredKeys: [] },
    );
    const values = fc.dictionary(fc.constantFrom('a', 'b', 'expiry'), fc.jsonValue());
    await assertHolds(
      fc.property(values, meta, (given, known) => {
        fc.pre(!namesPrototypes(given));
        const { values: decoded, meta: kept } = decodeDocument(
          encodeDocument({ values: given, meta: known }, jsonCodec),
          jsonCodec,
        );
        expect(sameJson({ decoded, kept }, { decoded: given, kept: known })).toBe(true);
      }),
      300,
    );
  });
});
