import { createCookieJar } from '../../src/shopper/cookie-jar.ts';

describe('the cookie jar', () => {
  it('sends what it was given, the latest value of each name', () => {
    const jar = createCookieJar();
    expect(jar.header()).toBeUndefined();
    jar.accept(['a=1; Path=/; HttpOnly', 'b=2']);
    jar.accept(['a=3; SameSite=Lax; Max-Age=60']);
    expect(jar.header()).toBe('a=3; b=2');
  });

  it.each(['a=; Max-Age=0', 'a=; max-age=-1', 'a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/'])(
    'deletes at "%s"',
    (line) => {
      const jar = createCookieJar([['a', '1']]);
      jar.accept([line]);
      expect(jar.header()).toBeUndefined();
    },
  );

  it('keeps a cookie that expires later, and values with an equals sign', () => {
    const jar = createCookieJar();
    jar.accept([`a=x=y; Expires=${new Date(Date.now() + 60_000).toUTCString()}`]);
    expect(jar.header()).toBe('a=x=y');
  });

  it('ignores what is no cookie', () => {
    const jar = createCookieJar();
    jar.accept(['', '=1', 'novalue']);
    expect(jar.header()).toBeUndefined();
  });

  it("tells the session's cookie from the one that goes with the forms", () => {
    const jar = createCookieJar([
      ['shop.csrf', 'f'],
      ['shop.session', 's'],
    ]);
    expect(jar.sessionHeader()).toBe('shop.session=s');
    jar.forgetSession();
    expect(jar.header()).toBe('shop.csrf=f');
    expect(jar.sessionHeader()).toBeUndefined();
  });

  it('is independent of its copy', () => {
    const jar = createCookieJar([['a', '1']]);
    const copy = jar.copy();
    copy.accept(['a=2']);
    expect([jar.header(), copy.header()]).toEqual(['a=1', 'a=2']);
  });
});
