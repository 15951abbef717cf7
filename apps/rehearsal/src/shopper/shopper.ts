import { isCertain, type Expectation } from '../checker/expectation.ts';
import type { Random } from '../random.ts';
import { browse } from './actions/browse.ts';
import { checkOut } from './actions/check-out.ts';
import { addOne, changeOne } from './actions/fill-basket.ts';
import { logIn, logOut } from './actions/log-in.ts';
import { logInDuringSave } from './actions/log-in-during-save.ts';
import { logOutDuringSave } from './actions/log-out-during-save.ts';
import { look } from './actions/look.ts';
import { probeGraves } from './actions/probe-graves.ts';
import { actInSeveralTabs } from './actions/several-tabs.ts';
import { addInTwoTabs, addWhileLooking } from './actions/two-tabs.ts';
import { startVisit, type Visit, type VisitOptions } from './visit.ts';

type Action = (visit: Visit) => Promise<void>;

export interface Shopper {
  /** Does one thing, by chance, and checks what it is shown. */
  act(): Promise<void>;
  /** How long to wait until the next thing, in milliseconds; `meanMs` on average. */
  pauseMs(meanMs: number): number;
  /** Changes the basket once more and looks at it through every process, and at what must be gone. */
  lookEverywhere(): Promise<void>;
}

/** What shoppers do, and how often, in parts of the sum. */
const HABITS: readonly (readonly [parts: number, Action])[] = [
  [14, look],
  [8, browse],
  [26, addOne],
  [14, changeOne],
  [8, addInTwoTabs],
  [12, actInSeveralTabs],
  [8, addWhileLooking],
  [4, logOutDuringSave],
  [1, logOut],
  [3, checkOut],
  [10, probeGraves],
];

/** Of those who are not logged in, how many log in next. */
const LOGIN_CHANCE = 0.08;
/** Of these, how many have another tab open that adds to the basket at the same moment. */
const BUSY_LOGIN_CHANCE = 0.4;
const DOUBTS_AT_MOST = 6;

/** People do a few things in quick succession, and then stop for a while, some of them for too long. */
const QUICK_MS = 400;
const QUICK_IN_A_ROW = 5;
const TOO_LONG_CHANCE = 0.01;

export function createShopper(options: VisitOptions): Shopper {
  const visit = startVisit(options);
  const { random, ageMs } = options;
  const chooseAction = (): Action => {
    if (isInDoubt(visit.expectation)) return logOut;
    if (visit.changedAt === undefined) return addOne;
    if (visit.expectation.users.includes(null) && random.chance(LOGIN_CHANCE))
      return random.chance(BUSY_LOGIN_CHANCE) ? logInDuringSave : logIn;
    return weighted(random);
  };

  return {
    act: async () => {
      // A form cannot be sent before a page has been seen.
      if (visit.csrfToken === undefined) return look(visit);
      if (hasBeenAway(visit)) {
        await look(visit);
        // Nothing else is sure to tell from when on the session lives again.
        return addOne(visit);
      }
      await chooseAction()(visit);
    },
    pauseMs: (meanMs) => {
      if (random.chance(TOO_LONG_CHANCE)) return ageMs * random.between(1.1, 1.5);
      const quickMs = Math.min(QUICK_MS, meanMs);
      const stopMs = meanMs + (QUICK_IN_A_ROW - 1) * (meanMs - quickMs);
      return (random.chance(1 / QUICK_IN_A_ROW) ? stopMs : quickMs) * random.between(0.3, 1.7);
    },
    lookEverywhere: () => lookEverywhere(visit),
  };
}

const hasBeenAway = ({ changedAt, ageMs, now }: Visit): boolean => changedAt !== undefined && now() > changedAt + ageMs;

/** Too much is unknown for checks that mean something; a logout and a new session end that. */
function isInDoubt(expectation: Expectation): boolean {
  if (expectation.mayBeGone || expectation.users.length > 1) return true;
  return (
    [...expectation.lines.keys()].filter((productId) => !isCertain(expectation, productId)).length > DOUBTS_AT_MOST
  );
}

function weighted(random: Random): Action {
  let left = random.unit() * HABITS.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, action] of HABITS) {
    left -= weight;
    if (left < 0) return action;
  }
  return look;
}

async function lookEverywhere(visit: Visit): Promise<void> {
  await look(visit);
  // A change that is sure to be the latest, so that a process that shows an older basket gives itself away.
  if (visit.csrfToken !== undefined && visit.changedAt !== undefined) await addOne(visit);
  for (const server of visit.servers) await look(visit, server);
  await probeGraves(visit, visit.graveyard.all(visit.now()));
}
