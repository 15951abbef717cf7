import type { CookieAttributes, CookieJar } from '@switchyard/session-backends/next';

export interface NextCookies extends CookieJar {
  /** Set-Cookie headers, as Next writes them. */
  setCookies(): string[];
  delete(name: string): void;
}

/** What Next's cookies() resolves with: what was set is seen by `get`; in a Server Component nothing can be set. */
export function nextCookies(header = '', { readOnly = false } = {}): NextCookies {
  const values = new Map<string, string>();
  for (const pair of header.split(/; */).filter(Boolean)) {
    const [name = '', ...rest] = pair.split('=');
    values.set(name, decodeURIComponent(rest.join('=')));
  }
  const set = new Map<string, string>();
  const refuse = (): void => {
    if (readOnly) throw new Error('Cookies can only be modified in a Server Action or Route Handler.');
  };
  return {
    get: (name) => (values.has(name) ? { value: values.get(name) as string } : undefined),
    set: (name, value, attributes) => {
      refuse();
      values.set(name, value);
      set.set(name, `${name}=${encodeURIComponent(value)}; ${attributesOf(attributes)}`);
    },
    delete: (name) => {
      refuse();
      values.set(name, '');
      set.set(name, `${name}=; Path=/; Expires=${new Date(0).toUTCString()}`);
    },
    setCookies: () => [...set.values()],
  };
}

function attributesOf({ path, maxAge, expires, domain, secure, httpOnly, sameSite, partitioned }: CookieAttributes) {
  // Next reckons the expiry from the age, except for an age of 0.
  const ends = maxAge ? new Date(Date.now() + maxAge * 1000) : expires;
  return [
    `Path=${path}`,
    ends && `Expires=${ends.toUTCString()}`,
    maxAge !== undefined && `Max-Age=${maxAge}`,
    domain && `Domain=${domain}`,
    secure && 'Secure',
    httpOnly && 'HttpOnly',
    `SameSite=${sameSite}`,
    partitioned && 'Partitioned',
  ]
    .filter(Boolean)
    .join('; ');
}
