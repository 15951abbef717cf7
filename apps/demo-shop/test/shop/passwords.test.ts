import { DEFAULT_PASSWORD_COST, hashPassword, verifyPassword } from '../../src/shop/passwords.ts';

const cost = { log2N: 10, r: 8, p: 1 };

describe('passwords', () => {
  it('are kept as scrypt with the cost and a salt of its own in front', async () => {
    const [one, other] = await Promise.all([hashPassword('slow tea', cost), hashPassword('slow tea', cost)]);
    expect(one).toMatch(/^\$scrypt\$ln=10,r=8,p=1\$[\w-]{22}\$[\w-]{43}$/);
    expect(one).not.toBe(other);
    expect(one).not.toContain('slow tea');
  });

  it('are recognised, and nothing else is', async () => {
    const hash = await hashPassword('slow tea', cost);
    expect(await verifyPassword('slow tea', hash)).toBe(true);
    expect(await verifyPassword('slow teA', hash)).toBe(false);
    expect(await verifyPassword('', hash)).toBe(false);
  });

  it('are recognised whichever way the keyboard composes them', async () => {
    const hash = await hashPassword('caf\u00e9 au lait', cost);
    expect(await verifyPassword('cafe\u0301 au lait', hash)).toBe(true);
  });

  it('are hashed at the default cost unless told otherwise, and checked at the cost of the hash', async () => {
    const hash = await hashPassword('slow tea');
    expect(DEFAULT_PASSWORD_COST).toEqual({ log2N: 14, r: 8, p: 5 });
    expect(hash).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$/);
    expect(await verifyPassword('slow tea', hash)).toBe(true);
  });

  it.each(['', 'plain', '$2b$10$abcdefghijklmnopqrstuv', '$scrypt$ln=10,r=8,p=1$short$short'])(
    'match no hash of another make: "%s"',
    async (hash) => {
      expect(await verifyPassword('plain', hash)).toBe(false);
    },
  );
});
