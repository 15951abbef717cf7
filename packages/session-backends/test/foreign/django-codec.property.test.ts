import { createHash, createHmac } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { jsonCodec, sameJson, type SessionCodec } from '@switchyard/session-backends';
import { djangoCodec } from '@switchyard/session-backends/foreign';
import { decodeDocument } from '../../src/session/session-document.ts';
import { assertHolds } from '../support/check-property.ts';

const codec = djangoCodec({ secretKeys: ['new', 'old'] });

const json = fc.dictionary(fc.string(), fc.jsonValue());
const values = fc.oneof(
  json,
  fc.tuple(json, fc.integer(), fc.string({ maxLength: 3 })).map(([rest, expiry, authHash]) => ({
    ...rest,
    _session: { expiry, ...(authHash !== '' && { authHash }) },
  })),
);

const storable = (value: Record<string, unknown>): boolean => {
  try {
    return sameJson(jsonCodec.decode(jsonCodec.encode(value)), value) && !Object.hasOwn(value, '_session_expiry');
  } catch {
    return false;
  }
};

/** A value, or SESSION_UNDECODABLE; never anything else. */
const fate = (text: string, by: SessionCodec = codec): 'read' | 'undecodable' => {
  try {
    decodeDocument(text, by);
    return 'read';
  } catch (error) {
    expect(error).toMatchObject({ code: 'SESSION_UNDECODABLE' });
    return 'undecodable';
  }
};

const sign = (value: string, secret = 'new', salt = 'django.contrib.sessions.SessionStore'): string => {
  const key = createHash('sha256').update(`${salt}signer${secret}`).digest();
  return `${value}:${createHmac('sha256', key).update(value).digest('base64url')}`;
};
const packed = (bytes: Buffer): string => sign(`.${deflateSync(bytes).toString('base64url')}:1vO2wP`);
const old = (text: string, secret = 'new'): string => {
  const key = createHash('sha1').update(`django.contrib.sessionsSessionStore${secret}`).digest();
  const hash = createHmac('sha1', key).update(text).digest('hex');
  return Buffer.from(`${hash}:${text}`).toString('base64');
};

describe('sessions as Django has them', () => {
  it('come back as they went in', async () => {
    await assertHolds(
      fc.property(values.filter(storable), (given) => {
        expect(sameJson(codec.decode(codec.encode(given)), given)).toBe(true);
      }),
      500,
    );
  });

  it('are read when they were signed with any of the secrets, and written with the first', async () => {
    const [before, after] = [djangoCodec({ secretKeys: ['old'] }), djangoCodec({ secretKeys: ['new'] })];
    await assertHolds(
      fc.property(json.filter(storable), (given) => {
        expect(sameJson(codec.decode(before.encode(given)), given)).toBe(true);
        expect(sameJson(after.decode(codec.encode(given)), given)).toBe(true);
        expect(fate(after.encode(given), before)).toBe('undecodable');
        expect(fate(old(JSON.stringify({ a: 1 }), 'older'))).toBe('undecodable');
      }),
      50,
    );
    expect(codec.decode(old('{"a":"é"}', 'old'))).toEqual({ a: 'Ã©' });
    expect(codec.decode(old('{"a":"\\u00e9"}'))).toEqual({ a: 'é' });
  });

  it('are undecodable when a single character is another, missing or more', async () => {
    const character = fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code));
    await assertHolds(
      fc.property(
        json.filter(storable),
        fc.boolean(),
        fc.nat(),
        character,
        fc.constantFrom('replace', 'drop', 'insert'),
        (given, isOld, at, other, how) => {
          const text = isOld ? old(JSON.stringify(given).replace(/[^ -~]/g, '?')) : codec.encode(given);
          const place = at % text.length;
          const rest = text.slice(how === 'insert' ? place : place + 1);
          const changed = text.slice(0, place) + (how === 'drop' ? '' : other) + rest;
          // The last digit of base64 may have bits that mean nothing; of what Django signs today, none is free.
          fc.pre(changed !== text && (!isOld || !Buffer.from(changed, 'base64').equals(Buffer.from(text, 'base64'))));
          expect(fate(changed)).toBe('undecodable');
        },
      ),
      1000,
    );
  });

  it('are a value or undecodable, whatever is there', async () => {
    const payload = fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary' }));
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.base64String(),
      payload.map((value) => sign(value)),
      payload.map((value) => sign(`${Buffer.from(value).toString('base64url')}:1vO2wP`)),
      fc.uint8Array().map((bytes) => sign(`.${Buffer.from(bytes).toString('base64url')}:1vO2wP`)),
      payload.map((value) => packed(Buffer.from(value))),
      payload.map((value) => old(value)),
    );
    const fates = new Set<string>();
    await assertHolds(
      fc.property(text, (each) => void fates.add(fate(each))),
      1000,
    );
    expect([...fates].sort()).toEqual(['read', 'undecodable']);
  });

  it.each([
    ['an unsigned one', sign('e30:1vO2wP').replace(/:[^:]*$/, '')],
    ['one of another salt', sign('e30:1vO2wP', 'new', 'django.contrib.sessions.OtherStore')],
    ['one of another secret', sign('e30:1vO2wP', 'unknown')],
    ['one without a time', sign('e30')],
    ['one with a time that is none', sign('e30:!')],
    ['what is no JSON object', sign(`${Buffer.from('[1]').toString('base64url')}:1vO2wP`)],
    ['a pickle', sign(`${Buffer.from('gASVDQAAAAAAAAB9lIwBYZRLAXMu', 'base64').toString('base64url')}:1vO2wP`)],
    ['NaN', sign(`${Buffer.from('{"a":NaN}').toString('base64url')}:1vO2wP`)],
    [
      'an id that JavaScript would round',
      sign(`${Buffer.from('{"a":9007199254740993}').toString('base64url')}:1vO2wP`),
    ],
    ['a small text that is a large one when it is unpacked', packed(Buffer.from(`{"a":"${'x'.repeat(1_100_000)}"}`))],
    ['a text that breaks off', `${codec.encode({ a: 'x'.repeat(500) }).slice(0, 40)}`],
    ['nothing', ''],
  ])('%s is undecodable', (_, text) => {
    expect(fate(text)).toBe('undecodable');
  });

  it('have an expiry in the terms of either side', () => {
    expect(decodeDocument(sign(`${Buffer.from('{"_session_expiry":60}').toString('base64url')}:1`), codec)).toEqual({
      values: {},
      meta: { expiry: 60 },
    });
    const time = '2031-05-06T07:08:09.123456+02:00';
    const timed = sign(`${Buffer.from(`{"_session_expiry":"${time}"}`).toString('base64url')}:1`);
    expect(decodeDocument(timed, codec).meta.expiry).toBe(time);
    const payload = codec.encode({ _session: { expiry: '2031-05-06T07:08:09.123Z' } }).split(':')[0] as string;
    expect(Buffer.from(payload, 'base64url').toString()).toBe('{"_session_expiry":"2031-05-06T07:08:09.123+00:00"}');
    // Nobody but Django knows which time zone that is in; it stays what it is.
    const naive = sign(`${Buffer.from('{"_session_expiry":"2031-05-06T07:08:09"}').toString('base64url')}:1`);
    expect(decodeDocument(naive, codec)).toEqual({ values: { _session_expiry: '2031-05-06T07:08:09' }, meta: {} });
  });

  it.each([[[]], [['']], [[undefined as unknown as string]]])('need secrets, and not %j', (secretKeys) => {
    expect(() => djangoCodec({ secretKeys })).toThrow(/secretKeys/);
  });
});
