/** The cookies of one browser. Knows names and values, and of the attributes only what deletes a cookie. */
export interface CookieJar {
  /** The `Cookie` header; `undefined` when there is nothing to send. */
  header(): string | undefined;
  /**
   * What stands for the session, as a `Cookie` header of its own: every cookie but the one that goes with the forms'
   * token. `undefined` when there is no session.
   */
  sessionHeader(): string | undefined;
  /** Takes what a response sets or deletes. */
  accept(setCookies: readonly string[]): void;
  forgetSession(): void;
  copy(): CookieJar;
}

const isFormsCookie = (name: string): boolean => name.endsWith('.csrf');

export function createCookieJar(initial: Iterable<readonly [string, string]> = []): CookieJar {
  const cookies = new Map(initial);
  const headerOf = (wanted: (name: string) => boolean): string | undefined => {
    const pairs = [...cookies].filter(([name]) => wanted(name)).map(([name, value]) => `${name}=${value}`);
    return pairs.length === 0 ? undefined : pairs.join('; ');
  };
  const accept = (line: string): void => {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const equals = pair.indexOf('=');
    if (equals < 1) return;
    const name = pair.slice(0, equals);
    if (attributes.some(deletes)) cookies.delete(name);
    else cookies.set(name, pair.slice(equals + 1));
  };
  return {
    header: () => headerOf(() => true),
    sessionHeader: () => headerOf((name) => !isFormsCookie(name)),
    accept: (setCookies) => setCookies.forEach(accept),
    forgetSession: () =>
      [...cookies.keys()].filter((name) => !isFormsCookie(name)).forEach((name) => cookies.delete(name)),
    copy: () => createCookieJar(cookies),
  };
}

/** A jar with what a `Cookie` header has. */
export const jarOf = (header: string | undefined): CookieJar =>
  createCookieJar(
    (header?.split('; ') ?? []).map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );

function deletes(attribute: string): boolean {
  const [name = '', value = ''] = attribute.split('=');
  if (/^max-age$/i.test(name)) return Number(value) <= 0;
  return /^expires$/i.test(name) && Date.parse(value) <= Date.now();
}
