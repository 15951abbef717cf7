import fc from 'fast-check';
import { jsonCodec, sameJson } from '@switchyard/session-backends';
import { expressSessionCodec } from '@switchyard/session-backends/foreign';
import { sessionCookie } from '../../src/http/session-cookie.ts';
import { decodeDocument, encodeDocument, type SessionMeta } from '../../src/session/session-document.ts';
import { assertHolds } from '../support/check-property.ts';

const NOW = Date.UTC(2030, 0, 1);
const codec = expressSessionCodec({ now: () => NOW });

const storable = (values: Record<string, unknown>): boolean => {
  try {
    return (
      sameJson(jsonCodec.decode(jsonCodec.encode(values)), values) && !('cookie' in values || '_session' in values)
    );
  } catch {
    return false;
  }
};
const values = fc.dictionary(fc.string(), fc.jsonValue()).filter(storable);
const expiry = fc.oneof(
  fc.constant(undefined),
  fc.integer({ min: 0, max: 10_000_000 }),
  fc.date({ noInvalidDate: true, min: new Date(NOW), max: new Date('2100') }).map((date) => date.toISOString()),
);

/** As express-session's Cookie says it of itself. */
const cookie = fc.record(
  {
    originalMaxAge: fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 2 ** 40 })),
    expires: fc.oneof(fc.constant(null), fc.constant('2030-01-01T01:00:00.000Z')),
    httpOnly: fc.boolean(),
    path: fc.constantFrom('/', '/shop'),
    sameSite: fc.constantFrom('lax', 'strict', true),
  },
  { requiredKeys: ['originalMaxAge', 'expires'] },
);

describe('sessions as express-session has them', () => {
  it('come back as they went in, with their expiry', async () => {
    await assertHolds(
      fc.property(values, expiry, (given, end) => {
        const meta: SessionMeta = end === undefined ? {} : { expiry: end };
        const back = decodeDocument(encodeDocument({ values: given, meta }, codec), codec);
        expect(sameJson(back.values, given)).toBe(true);
        expect(back.meta.expiry).toBe(end ?? 0);
      }),
      300,
    );
  });

  it('are written back as they were, but for the expiry, which slides', async () => {
    await assertHolds(
      fc.property(values, cookie, (given, its) => {
        const text = JSON.stringify({ cookie: its, ...given });
        const written = jsonCodec.decode(encodeDocument(decodeDocument(text, codec), codec));
        const { cookie: after, ...rest } = written as { cookie: Record<string, unknown> };
        const { originalMaxAge } = its;
        // The library has no word for a time that does not slide.
        const isAbsolute = originalMaxAge === null && its.expires !== null;
        expect(sameJson(rest, isAbsolute ? { ...given, _session: { expiry: its.expires } } : given)).toBe(true);
        if (originalMaxAge !== null)
          expect(after).toEqual({ ...its, expires: new Date(NOW + originalMaxAge).toISOString() });
        else if (its.expires === null) expect(after).toEqual(its);
        else expect(after).toEqual({ ...its, originalMaxAge: 3_600_000 });
      }),
      300,
    );
  });

  it('are a value or undecodable, whatever is there', async () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((part) => `{"cookie":${part}}`),
      fc
        .tuple(fc.json(), fc.json())
        .map(([a, b]) => `{"cookie":{"originalMaxAge":${a},"expires":${b}},"_session":${b}}`),
    );
    await assertHolds(
      fc.property(text, (each) => {
        try {
          const { meta } = decodeDocument(each, codec);
          expect(encodeDocument({ values: {}, meta }, codec)).toContain('"cookie"');
        } catch (error) {
          expect(error).toMatchObject({ code: 'SESSION_UNDECODABLE' });
        }
      }),
      1000,
    );
  });

  it.each(['{}', '{"cookie":null}', '{"cookie":[]}', '[]', 'null', '', '{"cookie":{}'])('%s is undecodable', (text) => {
    expect(() => decodeDocument(text, codec)).toThrow(expect.objectContaining({ code: 'SESSION_UNDECODABLE' }));
  });

  it('keep a value from being named like the cookie', () => {
    expect(() => codec.encode({ cookie: 1 })).toThrow('"cookie" is not free');
  });

  it('begin with the cookie that the application has', () => {
    const own = expressSessionCodec({ maxAgeMs: 60_000, cookie: { path: '/shop' }, now: () => NOW });
    expect(JSON.parse(own.encode({ a: 1 }))).toEqual({
      cookie: { path: '/shop', originalMaxAge: 60_000, expires: '2030-01-01T00:01:00.000Z' },
      a: 1,
    });
    expect(() => expressSessionCodec({ maxAgeMs: 0 })).toThrow('maxAgeMs');
  });
});

describe('a cookie like express-session’s', () => {
  const shared = sessionCookie({ like: 'express-session', secrets: ['keyboard cat', 'older'] });

  it('is what express-session makes of it', () => {
    // cookie-signature 1.0.7, sign('aB-_0123456789', 'keyboard cat')
    const header = shared.format(shared.set('aB-_0123456789', { maxAge: undefined, expires: undefined }, false));
    expect(header).toMatch(/^connect\.sid=s%3AaB-_0123456789\.[A-Za-z0-9%]+; Path=\/; HttpOnly; SameSite=Lax$/);
    expect(shared.read(header.split(';')[0]).value).toBe('aB-_0123456789');
  });

  it('is none when it is not signed with one of the secrets', async () => {
    const older = sessionCookie({ like: 'express-session', secrets: ['older'] });
    const headerOf = (by: typeof shared): string =>
      by.format(by.set('sid-of-a-session', { maxAge: 1, expires: undefined }, false)).split(';')[0] as string;
    expect(shared.read(headerOf(older)).value).toBe('sid-of-a-session');
    expect(older.read(headerOf(shared)).value).toBeUndefined();
    await assertHolds(
      fc.property(fc.string(), (value) => {
        expect(shared.read(`connect.sid=${value}`).value).toBeUndefined();
        expect(shared.read(`connect.sid=s%3A${encodeURIComponent(value)}`).value).toBeUndefined();
      }),
      200,
    );
    expect(shared.read('connect.sid=s%3A%E0%A4%A')).toEqual({ present: true, value: undefined });
  });

  it.each([[[]], [['']]])('needs secrets, and not %j', (secrets) => {
    expect(() => sessionCookie({ like: 'express-session', secrets })).toThrow('needs "secrets"');
  });
});
