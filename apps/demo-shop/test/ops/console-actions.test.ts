import { readFences } from '@switchyard/session-move';
import { bucketOfStored, type StoredKey } from '@switchyard/session-backends';
import type { Response } from 'supertest';
import type { ActionRecord, ActionSeen } from '../../src/ops/actions/action-record.ts';
import { actionSlots } from '../../src/ops/actions/action-slots.ts';
import { confirmation, openConsoleAlone, type OpenConsole, type TestOperator } from './support/open-console.ts';
import { until } from './support/until.ts';

jest.setTimeout(60_000);

describe('what an operator does at the console', () => {
  let shop: OpenConsole;
  let ada: TestOperator;
  let bob: TestOperator;
  beforeEach(async () => {
    shop = await openConsoleAlone();
    [ada, bob] = [await shop.operator('Ada'), await shop.operator('Bob')];
  });
  afterEach(() => shop?.close());

  const slots = () => actionSlots(shop.sides.new.database);
  const seen = async (slot: ActionSeen['slot']): Promise<ActionSeen | undefined> =>
    (await slots().read()).find((action) => action.slot === slot);
  const ended = async (slot: ActionSeen['slot']): Promise<ActionSeen> => {
    await until(`the ${slot} ends`, async () => (await seen(slot))?.state !== 'running');
    return (await seen(slot)) as ActionSeen;
  };
  const plan = async (operator: TestOperator, query: string): Promise<Record<string, string>> =>
    confirmation(await operator.get(`/ops/plan?${query}`).expect(200));
  const give = async (operator: TestOperator, query: string, more: object = {}): Promise<Response> =>
    operator.post('/ops/actions', { ...(await plan(operator, query)), ...more });
  const fill = async (): Promise<void> => {
    await give(ada, 'verb=start');
    await ended('change');
    await give(ada, 'verb=backfill');
    await ended('backfill');
    await give(ada, 'verb=verify');
    await ended('verify');
  };
  const moved = async (): Promise<number> =>
    (await readFences(shop.sides.new.database)).filter(({ state }) => state === 'auth').length;

  it('is done once, however often its form is sent', async () => {
    const form = await plan(ada, 'verb=start');
    const answers = await Promise.all([1, 2, 3].map(() => ada.post('/ops/actions', form)));
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303]);
    expect(await ended('change')).toMatchObject({ state: 'done', actor: 'Ada@console', id: form['id'] });
    // After it has ended, too: a page that is loaded again sends its form again.
    await ada.post('/ops/actions', form).expect(303);
    expect(await shop.actions()).toEqual(['Ada@console start begun', 'Ada@console start done']);
  });

  it('is refused where the state has gone on since the plan was made, and shows the plan of now', async () => {
    const [hers, his] = [await plan(ada, 'verb=start'), await plan(bob, 'verb=start')];
    await ada.post('/ops/actions', hers).expect(303);
    await ended('change');
    const answer = await bob.post('/ops/actions', his).expect(409);
    expect(answer.text).toContain('the state of the move has gone on since this plan was made');
    expect(confirmation(answer)['mark']).not.toBe(his['mark']);
    expect(await shop.actions()).toHaveLength(2);
  });

  it('is done by one of two who confirm at the same moment', async () => {
    await fill();
    const forms = [await plan(ada, 'verb=switch&percent=10'), await plan(bob, 'verb=switch&percent=10')];
    const answers = await Promise.all([ada.post('/ops/actions', forms[0]), bob.post('/ops/actions', forms[1])]);
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 409]);
    await ended('change');
    expect((await shop.actions()).filter((action) => action.includes('switch'))).toHaveLength(2);
    expect(await moved()).toBe(26);
  });

  it('goes the whole way, and back in between, without a script in the browser', async () => {
    await fill();
    for (const [query, expected] of [
      ['verb=switch&percent=1', 3],
      ['verb=switch&percent=100', 256],
      ['verb=rollback', 0],
      ['verb=switch&percent=100', 256],
    ] as const) {
      await give(ada, query);
      expect(await ended('change')).toMatchObject({ state: 'done', words: 'Done, and everything is across.' });
      expect([query, await moved()]).toEqual([query, expected]);
    }
    const refused = await give(ada, 'verb=complete');
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('type “complete”')]);
    await give(ada, 'verb=complete', { word: 'complete' });
    expect(await ended('change')).toMatchObject({ state: 'done', verb: 'complete' });
    const page = await bob.get('/ops').expect(200);
    expect(page.text).toContain('The move is complete.');
    expect(page.text).toContain('Ada@console');
  });

  it('says which checks do not hold, and offers no button then', async () => {
    const page = await ada.get('/ops?verb=switch&percent=10').expect(200);
    expect(page.text).toContain('would be refused');
    expect(page.text).toContain('there is no move under way');
    expect(confirmation(page)['mark']).toBe('');
    // Somebody who makes up a form is refused by the operator's own checks.
    const { mark, id } = await plan(ada, 'verb=start');
    await ada.post('/ops/actions', { verb: 'complete', word: 'complete', mark, id } as Record<string, string>);
    const action = await ended('change');
    expect(action).toMatchObject({
      state: 'refused',
      failed: [{ name: 'state of the move', ok: false }, { name: 'verify' }],
    });
    expect(await shop.actions()).toEqual(['Ada@console complete refused']);
  });

  it('stops a long one at a safe point, whoever asks', async () => {
    await give(ada, 'verb=start');
    await ended('change');
    await shop.databases.main.query(
      `insert into session (session_key, data, expires_at)
       select encode(sha256(n::text::bytea), 'hex'), repeat('x', 200), now() + interval '1 hour' from generate_series(1, 40000) n`,
    );
    await give(ada, 'verb=backfill');
    await until('it has copied something', async () => ((await seen('backfill'))?.progress?.rows ?? 0) > 0);
    const { id, progress } = (await seen('backfill')) as ActionSeen;
    expect(progress).toMatchObject({ totalRows: expect.any(Number), rowsPerSecond: expect.any(Number) });
    // The page shows it, after a reload and to others.
    expect((await bob.get('/ops')).text).toMatch(/Backfill the new database <span class="state">running/);
    await bob.post('/ops/actions/stop', { slot: 'backfill', id }).expect(303);
    expect(await ended('backfill')).toMatchObject({
      state: 'stopped',
      words: expect.stringContaining('covered so far'),
    });
  });

  it('is given again when its process has gone away in the middle', async () => {
    const form = await plan(ada, 'verb=start');
    const gone: ActionRecord = {
      verb: 'start',
      percent: 100,
      options: {},
      id: 'x'.repeat(16),
      actor: 'Bob@console',
      process: 'elsewhere/1',
      startedAt: new Date().toISOString(),
      finishedAt: null,
      state: 'running',
      progress: null,
      words: '',
      failed: [],
      report: null,
      findings: [],
    };
    await slots().claim('change', gone);
    const busy = await ada.post('/ops/actions', form).expect(409);
    expect(busy.text).toContain('Bob@console is at “start”');
    await shop.databases.sessions.query(
      `update session_lease set expires_at = now() - interval '1 second' where name = 'console/change'`,
    );
    expect((await ada.get('/ops')).text).toContain('broken off');
    await give(ada, 'verb=start');
    expect(await ended('change')).toMatchObject({ state: 'done', actor: 'Ada@console' });
  });

  it('shows mismatches with masked keys, and repairs them when it is told to', async () => {
    await fill();
    const key = `${'ab'.repeat(31)}cd` as StoredKey;
    const insert = `insert into session (session_key, data, expires_at) values ($1, 'a basket', now() + interval '1 hour')`;
    await shop.databases.main.query(insert, [key]);
    await give(ada, 'verb=verify');
    const found = await ended('verify');
    expect(found).toMatchObject({
      state: 'done',
      words: expect.stringMatching(/^Not clean: .* 1 mismatch, 0 repaired\.$/),
      findings: [{ kind: 'lost-capture', key: 'abababab', bucket: bucketOfStored(key, 'sha256') }],
    });
    const page = await ada.get('/ops');
    expect(page.text).toContain('abababab…');
    expect(page.text).not.toContain(key);
    expect(page.text).toContain('href="/ops?verb=verify&amp;repair=yes"');
    await give(ada, 'verb=verify&repair=yes');
    expect(await ended('verify')).toMatchObject({ words: expect.stringMatching(/^Clean now: .* 1 repaired\.$/) });
  });

  it('takes the options of the command line, shows them in the plan, and does what was shown', async () => {
    await fill();
    const page = await ada.get('/ops?verb=verify&sample=5%25&rate=900&repair=yes&repair-rogue=yes').expect(200);
    expect(page.text).toContain('draw 5 % of the sessions, compare them at both databases, at most 900 rows a second');
    expect(page.text).toContain('replace rows that somebody wrote behind the fences');
    expect(page.text).toMatch(/<details class="options" open>/);
    expect(confirmation(page)).toMatchObject({ sample: '5%', rate: '900', repair: 'yes', 'repair-rogue': 'yes' });
    await ada.post('/ops/actions', confirmation(page)).expect(303);
    const verified = { options: { sample: 0.05, rate: 900, repair: true, repairRogue: true } };
    expect(await ended('verify')).toMatchObject({ state: 'done', ...verified, report: { sample: 0.05 } });
    expect((await bob.get('/ops')).text).toContain('<code>--repair --repair-rogue --sample 5% --rate 900</code>');

    const strict = await ada.get('/ops?verb=switch&percent=10&max-verify-age=0.000001').expect(200);
    expect(strict.text).toMatch(/“switch” would be refused/);
    expect(strict.text).toContain('clean, ≤ 0 ms ago');
    await give(ada, 'verb=switch&percent=10&max-lag=2000&max-transaction=90');
    expect(await ended('change')).toMatchObject({ state: 'done', options: { maxLag: 2_000, maxTransaction: 90 } });
    expect((await ada.get('/ops')).text).toContain('maxTransactionSeconds');
    const complete = await ada.get('/ops?verb=complete&drop=yes').expect(200);
    expect(complete.text).toContain('name="drop" value="yes" checked');
  });

  it('has the limits of the command line, and its words for what is wrong', async () => {
    for (const [query, words] of [
      ['verb=backfill&rate=-5', "option '--rate <rows>' argument '-5' is invalid. It has to be a positive number."],
      ['verb=backfill&wait=yes&rate=5', '--wait copies nothing: it goes without --rate and --no-throttle.'],
      ['verb=verify&sample=0', "option '--sample <share>' argument '0' is invalid. It has to be more than 0 %."],
      ['verb=verify&repair-rogue=yes', '--repair-rogue goes with --repair only.'],
      ['verb=complete&max-lag=<b>', "option '--max-lag <changes>' argument '<b>' is invalid."],
    ] as const) {
      const escaped = words.replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll("'", '&#39;');
      const shown = await ada
        .get(`/ops/plan?${encodeURI(query)}`)
        .set('HX-Request', 'true')
        .expect(422);
      expect(shown.text).toContain(escaped);
      expect(shown.text).not.toContain('class="confirm"');
      const { mark, id } = await plan(ada, 'verb=start');
      const form = { mark, id, ...Object.fromEntries(new URLSearchParams(query)) } as Record<string, string>;
      expect((await ada.post('/ops/actions', form).expect(422)).text).toContain(escaped);
    }
    expect(await shop.actions()).toEqual([]);
  });

  it('waits instead of copying where it is told to, until what was there has expired', async () => {
    const insert = `insert into session (session_key, data, expires_at) values ($1, 'a basket', now() + $2 * interval '1 s')`;
    await shop.databases.main.query(insert, ['ab'.repeat(32), 3_600]);
    await give(ada, 'verb=start');
    await ended('change');
    await give(ada, 'verb=backfill&wait=yes');
    await until('it says what it waits for', async () => ((await seen('backfill'))?.words ?? '') !== '');
    const { id, words } = (await seen('backfill')) as ActionSeen;
    expect(words).toMatch(/^1 session has not been written since the start; the last of them expires at /);
    await bob.post('/ops/actions/stop', { slot: 'backfill', id }).expect(303);
    expect(await ended('backfill')).toMatchObject({
      state: 'stopped',
      words: 'Stopped. 255 of 256 buckets are covered so far.',
    });
  });
});
