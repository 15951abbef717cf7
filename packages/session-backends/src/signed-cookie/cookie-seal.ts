import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

/** `encrypted`: AES-256-GCM, nobody else can read it. `signed`: HMAC-SHA256, its browser can read it. */
export type SealMode = 'encrypted' | 'signed';

/** Text as a cookie's value that nobody without a secret can make or change. */
export interface CookieSeal {
  seal(text: string): string;
  /** `undefined` for whatever was not sealed like this, under one of the secrets. */
  open(value: string): string | undefined;
}

interface Cipher {
  close(text: Buffer): Buffer;
  /** `undefined` when it was not closed with this key. */
  open(sealed: Buffer): Buffer | undefined;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const MAC_BYTES = 32;

/** The first secret seals, all open. A key is good for one mode and one `purpose` only. */
export function cookieSeal(secrets: readonly string[], mode: SealMode, purpose: string): CookieSeal {
  const cipherOf = mode === 'encrypted' ? encrypting : signing;
  const ciphers = secrets.map((secret) => cipherOf(deriveKey(secret, `session cookie, ${mode}, ${purpose}`)));
  return {
    seal: (text) => (ciphers[0] as Cipher).close(Buffer.from(text)).toString('base64url'),
    open: (value) => {
      const sealed = Buffer.from(value, 'base64url');
      // The decoder passes over what is not base64url: one cookie, one spelling.
      if (sealed.toString('base64url') !== value) return undefined;
      for (const cipher of ciphers) {
        const text = cipher.open(sealed);
        if (text !== undefined) return text.toString();
      }
      return undefined;
    },
  };
}

const deriveKey = (secret: string, purpose: string): Buffer => Buffer.from(hkdfSync('sha256', secret, '', purpose, 32));

const encrypting = (key: Buffer): Cipher => ({
  close: (text) => {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
  },
  open: (sealed) => {
    if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    const text = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
    try {
      return Buffer.concat([text, decipher.final()]);
    } catch {
      return undefined;
    }
  },
});

const signing = (key: Buffer): Cipher => {
  const mac = (text: Buffer): Buffer => createHmac('sha256', key).update(text).digest();
  return {
    close: (text) => Buffer.concat([mac(text), text]),
    open: (sealed) => {
      if (sealed.length < MAC_BYTES) return undefined;
      const text = sealed.subarray(MAC_BYTES);
      return timingSafeEqual(mac(text), sealed.subarray(0, MAC_BYTES)) ? text : undefined;
    },
  };
};
