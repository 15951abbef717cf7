import { ABSENT, advance, NEVER, possibleLoads, startHistory } from '../../src/model/history.ts';
import type { Call, Entry, History, HistoryEvent, Result } from '../../src/model/history.ts';

const LIVE: Entry = { ...ABSENT, status: 'live', expires: NEVER };

const load: Call = { kind: 'load', key: 0 };
const destroy: Call = { kind: 'destroy', key: 0 };
const save = (value: number, expected: number | null = null, expires = NEVER): Call => ({
  kind: 'save',
  key: 0,
  value,
  expires,
  expected,
});
const create = (value: number): Call => ({ kind: 'create', key: 0, value, expires: NEVER });
const touch: Call = { kind: 'touch', key: 0, expires: NEVER };
const rename = (value: number): Call => ({ kind: 'rename', key: 0, value, expires: NEVER, expected: null });

const begin = (request: number, call: Call): HistoryEvent => ({ kind: 'invoke', request, call });
const end = (request: number, result: Result): HistoryEvent => ({ kind: 'answer', request, result });
const whole = (request: number, call: Call, result: Result): HistoryEvent[] => [
  begin(request, call),
  end(request, result),
];
const clock = (now: number): HistoryEvent => ({ kind: 'clock', now });
const purge: HistoryEvent = { kind: 'purge', key: 0 };

const replay = (entries: readonly Entry[], events: readonly HistoryEvent[]): History | undefined =>
  events.reduce<History | undefined>((history, event) => history && advance(history, event), startHistory(entries));

const accepted: [name: string, entries: Entry[], events: HistoryEvent[]][] = [
  ['a load of what is there', [LIVE], whole(1, load, 0)],
  ['a load of the last save', [LIVE], [...whole(1, save(1), 'ok'), ...whole(2, load, 1)]],
  ['a load during a save that sees the old value', [LIVE], [begin(1, save(1)), ...whole(2, load, 0), end(1, 'ok')]],
  ['a load during a save that sees the new value', [LIVE], [begin(1, save(1)), ...whole(2, load, 1), end(1, 'ok')]],
  [
    'a save that never answers and takes effect late',
    [LIVE],
    [begin(1, save(1)), ...whole(2, load, 0), ...whole(3, load, 1)],
  ],
  [
    'a save that never answers and never takes effect',
    [LIVE],
    [begin(1, save(1)), ...whole(2, save(2), 'ok'), ...whole(3, load, 2)],
  ],
  [
    'a save that overlaps a destroy and is gone',
    [LIVE],
    [begin(1, save(1)), ...whole(2, destroy, 'ok'), end(1, 'gone')],
  ],
  [
    'a save that overlaps a destroy and came first',
    [LIVE],
    [begin(1, save(1)), ...whole(2, destroy, 'ok'), end(1, 'ok')],
  ],
  ['a compare-and-set on the last save', [LIVE], [...whole(1, save(1), 'ok'), ...whole(2, save(2, 1), 'ok')]],
  ['a conflict after another save', [LIVE], [...whole(1, save(1), 'ok'), ...whole(2, save(2, 0), 'conflict')]],
  ['a conflict after a touch', [LIVE], [...whole(1, touch, 'ok'), ...whole(2, save(2, 0), 'conflict')]],
  [
    'a create of a key that was destroyed and purged',
    [LIVE],
    [...whole(1, destroy, 'ok'), purge, ...whole(2, create(2), 'ok')],
  ],
  ['a create of a live key', [LIVE], whole(1, create(1), 'taken')],
  [
    'an expired session',
    [{ ...LIVE, expires: 1 }],
    [clock(1), ...whole(1, load, 'absent'), ...whole(2, save(2), 'gone')],
  ],
  [
    'a touch that keeps a session from expiring',
    [{ ...LIVE, expires: 1 }],
    [...whole(1, touch, 'ok'), clock(1), ...whole(2, load, 0)],
  ],
  [
    'a save of what has expired by then',
    [LIVE],
    [clock(1), ...whole(1, save(1, null, 1), 'ok'), ...whole(2, load, 'absent')],
  ],
  [
    'a rename',
    [LIVE, ABSENT],
    [...whole(1, rename(1), 'ok'), ...whole(2, load, 'absent'), ...whole(3, { ...load, key: 1 }, 1)],
  ],
];

const rejected: typeof accepted = [
  ['a load of an overwritten value', [LIVE], [...whole(1, save(1), 'ok'), ...whole(2, load, 0)]],
  ['new, then old, during one save', [LIVE], [begin(1, save(1)), ...whole(2, load, 1), ...whole(3, load, 0)]],
  ['a destroyed session that is back', [LIVE], [...whole(1, destroy, 'ok'), ...whole(2, load, 0)]],
  ['a save over a destroyed session', [LIVE], [...whole(1, destroy, 'ok'), ...whole(2, save(2), 'ok')]],
  ['a create over a destroyed session', [LIVE], [...whole(1, destroy, 'ok'), ...whole(2, create(2), 'ok')]],
  ['a create over a live session', [LIVE], whole(1, create(1), 'ok')],
  ['a live session that is not found', [LIVE], whole(1, load, 'absent')],
  ['a save that is gone although nobody destroyed it', [LIVE], whole(1, save(1), 'gone')],
  ['a conflict although nobody wrote', [LIVE], whole(1, save(1, 0), 'conflict')],
  ['two compare-and-sets on the same version', [LIVE], [...whole(1, save(1, 0), 'ok'), ...whole(2, save(2, 0), 'ok')]],
  [
    'a save that was told "conflict" and took effect',
    [LIVE],
    [begin(1, save(1, 0)), ...whole(2, load, 1), ...whole(3, save(3), 'ok'), end(1, 'conflict')],
  ],
  ['an expired session that is back', [{ ...LIVE, expires: 1 }], [clock(1), ...whole(1, load, 0)]],
  ['a save over an expired session', [{ ...LIVE, expires: 1 }], [clock(1), ...whole(1, save(1), 'ok')]],
  ['both keys after a rename', [LIVE, ABSENT], [...whole(1, rename(1), 'ok'), ...whole(2, load, 0)]],
  ['a rename of a destroyed session', [LIVE, ABSENT], [...whole(1, destroy, 'ok'), ...whole(2, rename(2), 'ok')]],
  [
    'a rename with a logout of the old key in between',
    [LIVE, ABSENT],
    [begin(1, rename(1)), ...whole(2, destroy, 'ok'), ...whole(3, { ...load, key: 1 }, 'absent'), end(1, 'ok')],
  ],
];

describe('a history of requests', () => {
  it.each(accepted)('is accepted with %s', (_name, entries, events) => {
    expect(replay(entries, events)).toBeDefined();
  });

  it.each(rejected)('is rejected with %s', (_name, entries, events) => {
    expect(replay(entries, events)).toBeUndefined();
    expect(replay(entries, events.slice(0, -1))).toBeDefined();
  });

  it('knows what a load may return while two saves are under way', () => {
    const history = replay([LIVE], [begin(1, save(1)), begin(2, save(2))]);
    expect(history && [...possibleLoads(history, 0)].sort()).toEqual([0, 1, 2]);
  });
});
