import { freePort } from '@switchyard/databases';
import { confirmation, openConsoleAlone, type OpenConsole, type TestOperator } from './support/open-console.ts';

/** The events of a stream, until there are enough. */
async function eventsOf(url: string, cookie: string, count: number): Promise<{ event: string; data: Look }[]> {
  const leaving = new AbortController();
  const response = await fetch(`${url}/ops/events`, { headers: { cookie }, signal: leaving.signal });
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const events: { event: string; data: Look }[] = [];
  let text = '';
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString();
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(text.slice(0, end)) ?? [];
      text = text.slice(end + 2);
      if (event !== undefined && data !== undefined) events.push({ event, data: JSON.parse(data) as Look });
    }
    if (events.length >= count) break;
  }
  leaving.abort();
  return events;
}

interface Look {
  readonly series?: readonly string[];
  readonly panels?: Readonly<Record<string, string>>;
  readonly sample?: readonly (number | null)[];
}

describe('the page of the console', () => {
  let shop: OpenConsole;
  let ada: TestOperator;
  beforeAll(async () => {
    shop = await openConsoleAlone();
    ada = await shop.operator();
  });
  afterAll(() => shop?.close());

  it('goes on by events: all panels at first, then those that have changed, and the numbers of the charts', async () => {
    const [charts, first, second] = await eventsOf(shop.url, ada.cookie, 3);
    expect(charts).toMatchObject({ event: 'charts', data: { samples: expect.any(Array) } });
    expect(first?.event).toBe('look');
    expect(Object.keys(first?.data.panels ?? {})).toEqual(
      expect.arrayContaining(['headline', 'picture', 'grid', 'steps', 'databases', 'fleet', 'log']),
    );
    expect(first?.data.sample).toHaveLength(1 + (charts?.data.series?.length ?? 0));
    // Nothing has been switched in that second.
    expect(Object.keys(second?.data.panels ?? {})).not.toContain('grid');
    expect(second?.data.sample?.[0]).toBeGreaterThan(first?.data.sample?.[0] ?? Infinity);
  });

  it('keeps its files for as long as they stay what they are, and serves no others', async () => {
    const page = await ada.get('/ops').expect(200);
    const files = [...page.text.matchAll(/(?:src|href)="(\/ops\/assets\/[^"]+)"/g)].map(([, file]) => file as string);
    expect(files.map((file) => file.replace(/.*\/|\?.*/g, ''))).toEqual([
      'console.svg',
      'uplot.css',
      'ops.css',
      'htmx.js',
      'uplot.js',
      'charts.js',
      'ops.js',
    ]);
    for (const file of files)
      await ada
        .get(file)
        .expect(200)
        .expect('Cache-Control', /immutable/);
    await ada.get('/ops/assets/ops.css?v=older').expect(200).expect('Cache-Control', 'public, max-age=300');
    for (const file of ['nothing.js', '..%2fcompose-ops.ts', 'constructor'])
      await ada.get(`/ops/assets/${file}`).expect(404);
  });

  it('does not know what there is not', async () => {
    await ada.get('/ops/nowhere').expect(404);
    for (const query of [
      'verb=explode',
      'verb=switch&percent=0',
      'verb=switch&percent=101',
      'verb=switch&percent=many',
    ])
      await ada.get(`/ops/plan?${query}`).expect(400);
    await ada.post('/ops/actions', { verb: 'start', id: 'short', mark: 'x' }).expect(400);
    expect(await shop.actions()).toEqual([]);
  });

  it('refuses what is no form of its own', async () => {
    await ada.post('/ops/actions', { verb: 'start\0', id: 'x'.repeat(16), mark: 'x' }).expect(400);
    await ada.post('/ops/actions', { verb: 'x'.repeat(5_000) }).expect(413);
    await ada.get('/ops/plan?verb=start&verb=cancel').expect(400);
    await ada.get('/ops/assets/%E0%A4%A').expect(400);
    expect(shop.log()).not.toContain('the console failed');
  });
});

describe('the page of the console, without the new database', () => {
  let shop: OpenConsole;
  let ada: TestOperator;
  beforeAll(async () => {
    const url = `postgres://postgres:secret-of-the-url@127.0.0.1:${await freePort()}/sessions`;
    shop = await openConsoleAlone({ environment: { SESSIONS_DATABASE_URL: url } });
    ada = await shop.operator();
  });
  afterAll(() => shop?.close());

  it('shows that it is away and what that means, plans, and begins nothing', async () => {
    const page = await ada.get('/ops?verb=start').expect(200);
    expect(page.text).toContain('The new database does not answer.');
    expect(page.text).toContain('Nobody needs it now: the shop serves every session without it.');
    expect(page.text).toContain('It does not answer (ECONNREFUSED)');
    expect(page.text).toContain('“start” would be refused');
    expect(page.text).not.toContain('secret-of-the-url');
    const form = { ...confirmation(page), verb: 'start', id: 'a'.repeat(16), mark: 'b'.repeat(22) };
    const refused = await ada.post('/ops/actions', form).expect(503);
    expect(refused.text).toContain('Nothing was done: A database does not answer any more.');
    expect(await shop.actions()).toEqual([]);
  });

  it('goes on looking', async () => {
    const [, look] = await eventsOf(shop.url, ada.cookie, 2);
    expect(look?.data.panels?.['headline']).toContain('The new database does not answer.');
  });
});
