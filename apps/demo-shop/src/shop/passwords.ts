import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** What one hash costs: about 128 · r · 2^log2N bytes of memory, p times over. */
export interface PasswordCost {
  readonly log2N: number;
  readonly r: number;
  readonly p: number;
}

/** 16 MiB, five passes: OWASP's advice for scrypt; some 200 ms of one core. */
export const DEFAULT_PASSWORD_COST: PasswordCost = { log2N: 14, r: 8, p: 5 };

const SALT_BYTES = 16;
const KEY_BYTES = 32;
const ENCODED = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9_-]{22})\$([A-Za-z0-9_-]{43})$/;

/** `$scrypt$ln=14,r=8,p=5$<salt>$<key>`, salt and key in base64url; a new salt every time. */
export async function hashPassword(password: string, cost: PasswordCost = DEFAULT_PASSWORD_COST): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(password, salt, cost);
  return `$scrypt$ln=${cost.log2N},r=${cost.r},p=${cost.p}$${salt.toString('base64url')}$${key.toString('base64url')}`;
}

/** Whether the password belongs to the hash, in time that does not depend on where they differ. */
export async function verifyPassword(password: string, encoded: string): Promise<boolean> {
  const [, log2N, r, p, salt, key] = ENCODED.exec(encoded) ?? [];
  if (salt === undefined || key === undefined) return false;
  const cost = { log2N: Number(log2N), r: Number(r), p: Number(p) };
  const expected = Buffer.from(key, 'base64url');
  return timingSafeEqual(await derive(password, Buffer.from(salt, 'base64url'), cost), expected);
}

function derive(password: string, salt: Buffer, { log2N, r, p }: PasswordCost): Promise<Buffer> {
  const N = 2 ** log2N;
  const options = { N, r, p, maxmem: 256 * N * r };
  return new Promise((resolve, reject) => {
    // NFKC, so that a password typed on another keyboard is the same password.
    scrypt(password.normalize('NFKC'), salt, KEY_BYTES, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}
