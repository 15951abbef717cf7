import fc from 'fast-check';
import { bucketOf, bucketOfStored, drawSessionKey, encodeKey, parseSessionKey } from '@switchyard/session-backends';
import { sessionCookie } from '../../src/http/session-cookie.ts';
import { assertHolds } from '../support/check-property.ts';

const key = fc.string({
  unit: fc.constantFrom(...Array.from('abcdefghijklmnopqrstuvwxyz0123456789')),
  minLength: 8,
  maxLength: 128,
});
const secrets = fc.shuffledSubarray(
  ['the first of secrets', 'the second of secrets', 'the third of secrets', 'ключ из букв, 🔑'],
  { minLength: 1, maxLength: 3 },
);
const NAMES = ['sessionid', '__Host-sid', '__Secure-sid', 'a.b'];
const cookieName = fc.constantFrom(...NAMES);
/** What other cookies there are, and what is no cookie at all. */
const noise = fc.array(
  fc.oneof(
    fc.constantFrom('', ' ', 'theme=dark', 'xsessionid=abcdefgh', 'sessionidx=1', 'sid=', '"', '=x', '\u0000'),
    fc.string().filter((text) => !text.includes(';') && !NAMES.some((name) => text.trim().startsWith(`${name}=`))),
  ),
  { maxLength: 3 },
);

const open = (name: string, given: readonly string[]) => sessionCookie({ name, secrets: given, secure: true });

const expiry = { maxAge: 60, expires: new Date(0) };

describe('the session cookie', () => {
  it('carries the key there and back, among other cookies, with any secret or none', async () => {
    await assertHolds(
      fc.property(
        cookieName,
        fc.oneof(secrets, fc.constant([])),
        key,
        noise,
        noise,
        (name, given, value, before, after) => {
          const cookie = open(name, given);
          const [pair] = cookie.format(cookie.set(value, expiry, true)).split(';') as [string];
          const quoted = pair.replace('=', '="') + '"';
          for (const each of [pair, quoted])
            expect(cookie.read([...before, each, ...after].join('; '))).toEqual({ present: true, value });
        },
      ),
      300,
    );
  });

  it('stays good while its secret is among those that verify, and no longer', async () => {
    await assertHolds(
      fc.property(secrets, secrets, key, (then, now, value) => {
        const cookie = open('sessionid', then);
        const header = `sessionid=${cookie.set(value, expiry, true).value}`;
        const isKnown = now.includes(then[0] as string);
        expect(open('sessionid', now).read(header)).toEqual({ present: true, value: isKnown ? value : undefined });
      }),
      200,
    );
  });

  it('carries no key that was not signed', async () => {
    await assertHolds(
      fc.property(secrets, key, fc.string(), fc.nat(), (given, value, put, where) => {
        const cookie = open('sessionid', given);
        const signed = cookie.set(value, expiry, true).value;
        const at = where % (signed.length + 1);
        const forged = signed.slice(0, at) + put + signed.slice(at);
        const { value: read } = cookie.read(`sessionid=${forged}`);
        expect([undefined, value]).toContain(read);
      }),
      500,
    );
  });

  it('is read from any header at all without a word', async () => {
    const header = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.oneof(fc.string(), fc.constantFrom('sessionid=', 'sessionid', '=', ';', '"', '.', ' ', '%', '\n')))
        .map((list) => list.join('')),
    );
    await assertHolds(
      fc.property(header, secrets, (text, given) => {
        const signed = open('sessionid', given).read(text);
        expect(signed.value).toBeUndefined();
        const { present, value } = sessionCookie().read(text);
        expect(present).toBe(signed.present);
        expect(value === undefined || text.includes(value)).toBe(true);
      }),
      1000,
    );
  });
});

describe('session keys', () => {
  it('are told from everything else', async () => {
    const nearly = fc.array(fc.oneof({ weight: 9, arbitrary: key }, fc.string({ maxLength: 1 })), { maxLength: 3 });
    const short = fc.string({ unit: fc.constantFrom('a', '0'), maxLength: 9 });
    await assertHolds(
      fc.property(
        fc.oneof(
          fc.anything(),
          nearly.map((list) => list.join('')),
          short,
        ),
        (value) => {
          const isKey =
            typeof value === 'string' && value.length >= 8 && value.length <= 128 && !/[^a-z0-9]/.test(value);
          expect(parseSessionKey(value)).toBe(isKey ? value : undefined);
        },
      ),
      500,
    );
  });

  it('fall into the same bucket however they are stored', async () => {
    await assertHolds(
      fc.property(key, (text) => {
        for (const each of [
          parseSessionKey(text) as NonNullable<ReturnType<typeof parseSessionKey>>,
          drawSessionKey(),
        ]) {
          const bucket = bucketOf(each);
          expect(encodeKey(each)).toMatch(/^[0-9a-f]{64}$/);
          expect(bucketOfStored(encodeKey(each))).toBe(bucket);
          expect(bucketOfStored(encodeKey(each, 'plain'), 'plain')).toBe(bucket);
          expect(bucket >= 0 && bucket < 256).toBe(true);
        }
      }),
      100,
    );
  });
});
