import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import express from 'express';
import request from 'supertest';
import { createAssets } from '../../src/shop/assets.ts';

const STYLE = 'a { color: inherit; }\n'.repeat(100);
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'shop-assets-'));
  mkdirSync(path.join(folder, 'products'));
  writeFileSync(path.join(folder, 'products', 'cup.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(path.join(folder, 'shop.css'), STYLE);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('assets', () => {
  const open = () => {
    const assets = createAssets(folder);
    return { assets, app: express().use('/assets', assets.serve) };
  };

  it('are kept for a year under the address with their fingerprint', async () => {
    const { assets, app } = open();
    expect(assets.href('products/cup.svg')).toMatch(/^\/assets\/products\/cup\.svg\?v=[0-9a-f]{12}$/);
    const response = await request(app).get(assets.href('products/cup.svg')).expect(200);
    expect(response.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(response.headers['content-type']).toBe('image/svg+xml');
  });

  it.each(['/assets/products/cup.svg', '/assets/products/cup.svg?v=0123456789ab'])(
    'are kept for five minutes at %s',
    async (address) => {
      const response = await request(open().app).get(address).expect(200);
      expect(response.headers['cache-control']).toBe('public, max-age=300');
    },
  );

  it.each(['/assets/none.svg', '/assets/products', '/assets/..%2f..%2fetc%2fpasswd', '/assets/'])(
    'that are none are not found, and that is not kept: %s',
    async (address) => {
      const response = await request(open().app).get(address);
      expect([403, 404]).toContain(response.status);
      expect(response.headers['cache-control']).toBeUndefined();
    },
  );

  it.each(['br', 'gzip'])('are sent compressed to who takes %s, if that is smaller', async (encoding) => {
    const { assets, app } = open();
    const get = (file: string) => request(app).get(assets.href(file)).set('Accept-Encoding', encoding).expect(200);
    const style = await get('shop.css');
    expect(style.headers).toMatchObject({ 'content-encoding': encoding, vary: 'Accept-Encoding' });
    expect(Number(style.headers['content-length'])).toBeLessThan(STYLE.length / 10);
    expect(encoding === 'br' || style.text === STYLE).toBe(true);
    expect((await get('products/cup.svg')).headers['content-encoding']).toBeUndefined();
  });

  it('are not sent again to who has them, in whatever encoding', async () => {
    const { app } = open();
    const tags = await Promise.all(
      ['br', 'gzip', 'identity'].map(async (encoding) => {
        const get = () => request(app).get('/assets/shop.css').set('Accept-Encoding', encoding);
        const tag = String((await get().expect(200)).headers['etag']);
        await get().set('If-None-Match', tag).expect(304);
        return tag;
      }),
    );
    expect(new Set(tags).size).toBe(3);
  });

  it('can come from elsewhere', async () => {
    const assets = createAssets(path.join(folder, 'products'), { 'style.css': path.join(folder, 'shop.css') });
    const response = await request(express().use('/assets', assets.serve)).get(assets.href('style.css')).expect(200);
    expect([response.type, response.text]).toEqual(['text/css', STYLE]);
  });

  it('that are missing have an address all the same', () => {
    expect(open().assets.href('products/a b.svg')).toBe('/assets/products/a%20b.svg');
  });
});
