import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export type DjangoHash = 'sha256' | 'sha1';

/** Django's `salted_hmac`: the key is itself a hash of the salt and the secret. */
export const saltedHmac = (algorithm: DjangoHash, salt: string, secret: string, value: string | Buffer): Buffer =>
  createHmac(
    algorithm,
    createHash(algorithm)
      .update(salt + secret)
      .digest(),
  )
    .update(value)
    .digest();

/** Compares two texts in a time that does not tell where they differ. */
export function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
