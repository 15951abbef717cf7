/** Headers that carry a secret, wherever they are in a line of JSON: as a text or as a list of texts. */
const SECRET_HEADERS =
  /("(?:set-cookie|cookie|authorization)":)(?:"(?:[^"\\]|\\.)*"|\[(?:"(?:[^"\\]|\\.)*"|[^\]"])*\])/gi;
/** In a cookie header, or in an error that quotes one. */
const SESSION_COOKIE = /(\bshop\.(?:sid|csrf)=)[^;,"'\\\s&]+/g;
const BEARER = /\b(Bearer\s+)[\w.~+/-]+=*/gi;
/** As a browser holds it. A trace's id is as long, and has no letter after f. */
const SESSION_KEY = /(?<![A-Za-z0-9])(?=[a-f0-9]*[g-z])[a-z0-9]{32}(?![A-Za-z0-9])/g;
/** As a database holds it. */
const STORED_KEY = /(?<![A-Za-z0-9])[a-f0-9]{64}(?![A-Za-z0-9])/g;

/**
 * A line of the log without what nobody may read in it: the headers that carry secrets, and session keys wherever they
 * come up, be it in an address, in an error or in a field that nobody has thought of.
 */
export const redactSecrets = (line: string): string =>
  line
    .replace(SECRET_HEADERS, '$1"[redacted]"')
    .replace(SESSION_COOKIE, '$1[redacted]')
    .replace(BEARER, '$1[redacted]')
    .replace(SESSION_KEY, '[session key]')
    .replace(STORED_KEY, '[stored key]');
