import fc from 'fast-check';
import { ConfigError, readConfig } from '../src/config.ts';

const SECRET = 'a-secret-of-the-shop-and-nobody-else';
const GOOD = {
  MAIN_DATABASE_URL: `postgres://shop:${SECRET}@db/main`,
  SESSIONS_DATABASE_URL: `postgres://shop:${SECRET}@db/sessions`,
  REDIS_URL: `redis://:${SECRET}@redis`,
  SHOP_SECRETS: SECRET,
};
const NAMES = [
  ...['NODE_ENV', 'HOST', 'PORT', 'MAIN_DATABASE_URL', 'SESSIONS_DATABASE_URL', 'OLD_SESSIONS_DATABASE_URL'],
  ...['MAIN_DIRECT_URL', 'SESSIONS_DIRECT_URL', 'REDIS_URL', 'REDIS_PREFIX', 'SESSION_CACHE', 'SESSION_TTL_SECONDS'],
  ...['SHOP_SECRETS', 'SWITCHYARD_TOKEN', 'SWITCHYARD_FLAG_DELAY_MS', 'SECURE_COOKIES', 'TRUSTED_PROXIES'],
  ...['DATABASE_CONNECTIONS', 'LOG_LEVEL', 'OPS_TOKEN'],
];

const value = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom(
    '',
    '-1',
    '0',
    '65536',
    '1e9',
    'NaN',
    'Infinity',
    ' 1',
    'true',
    'production',
    'redis',
    SECRET,
    `${SECRET},`,
  ),
  fc.constantFrom(`http://:${SECRET}@x`, `redis://:${SECRET}@x`, `//${SECRET}`, 'postgres://', `${SECRET}@`),
);

describe('an environment that nobody would give', () => {
  it('is either whole or refused, variable by variable, and no value is told', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...NAMES), value), fc.subarray(Object.entries(GOOD)), (drawn, good) => {
        const variables = { ...Object.fromEntries(good), ...drawn };
        try {
          const config = readConfig(variables);
          expect(Number.isInteger(config.port) && config.port >= 0 && config.port < 65_536).toBe(true);
          expect(config.sessionTtlMs).toBeGreaterThanOrEqual(1_000);
          expect(config.connections).toBeGreaterThanOrEqual(1);
          expect(config.secrets.every((secret) => secret.length >= 16)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
          const { message } = error as ConfigError;
          expect(message).toMatch(/\n {2}[A-Z_]+(:| is| has)/);
          expect(message).not.toContain(SECRET);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
