import { applyChange, applyTogether } from '../checker/apply-change.ts';
import type { Change } from '../checker/change.ts';
import { NEW_VISITOR, type Expectation } from '../checker/expectation.ts';
import { BLANK, judge, type Judgement, type Shown } from '../checker/judge.ts';
import type { Answer, History } from '../history/history.ts';
import type { Random } from '../random.ts';
import { callOf } from './call-of.ts';
import { createCookieJar, jarOf, type CookieJar } from './cookie-jar.ts';
import type { HttpClient, HttpRequest } from './http-client.ts';
import { createGraveyard, type Graveyard } from './graveyard.ts';
import { readReply, type ShopReply } from './shop-reply.ts';
import type { Witness } from './witness.ts';

export interface VisitOptions {
  readonly shopper: number;
  readonly random: Random;
  /** The processes of the shop. Each request goes to one of them by chance, as behind a load balancer. */
  readonly servers: readonly HttpClient[];
  readonly productIds: readonly string[];
  readonly account: { readonly email: string; readonly password: string };
  /** How long a session lives after its last change. */
  readonly ageMs: number;
  readonly witness: Witness;
  /** Told of each request when it begins and when it ends. */
  readonly history: History;
  /** Milliseconds of a clock that only goes forward; tests move it by hand. */
  readonly now: () => number;
}

export interface SentRequest extends ShopReply {
  readonly sentAt: number;
  readonly receivedAt: number;
  /** The shop no longer knows the session that the request came with: it deleted the cookie or gave out another. */
  readonly droppedSession: boolean;
}

/** One shopper's browser, with what this shopper may expect to be shown. */
export interface Visit extends VisitOptions {
  readonly jar: CookieJar;
  readonly graveyard: Graveyard;
  expectation: Expectation;
  /** When the latest acknowledged change was sent; `undefined` while there is no session. */
  changedAt: number | undefined;
  csrfToken: string | undefined;
}

export const startVisit = (options: VisitOptions): Visit => ({
  ...options,
  jar: createCookieJar(),
  graveyard: createGraveyard(),
  expectation: NEW_VISITOR,
  changedAt: undefined,
  csrfToken: undefined,
});

export interface SendOptions {
  /** Default is the visit's own. */
  readonly jar?: CookieJar;
  /** Default is any. */
  readonly server?: HttpClient | undefined;
  /** An error that is no fault of the shop's. */
  readonly forgiven?: RegExp;
}

/** Sends a request with the cookies as they are now, and takes the cookies of the answer. */
export async function send(visit: Visit, request: HttpRequest, options: SendOptions = {}): Promise<SentRequest> {
  const { jar = visit.jar, server = visit.random.pick(visit.servers), forgiven } = options;
  const { shopper } = visit;
  const header = jar.header();
  const cookie = jar.sessionHeader();
  const call = callOf(request);
  const sentAt = visit.now();
  const end = visit.history.begin({ shopper, process: processOf(visit, server.port), call, cookie });
  const response = await server.send({
    ...request,
    headers: {
      ...(header !== undefined && { cookie: header }),
      ...(visit.csrfToken !== undefined && { 'x-csrf-token': visit.csrfToken }),
    },
  });
  // Not of the jar: another tab may have filled it meanwhile.
  const cookieAfter = sessionAfter(cookie, response.status === undefined ? [] : response.setCookies);
  const reply = readReply(call, response, cookieAfter !== undefined && cookieAfter !== cookie);
  end({ ...resultOf(reply), process: processOf(visit, response.port ?? server.port), cookie: cookieAfter });
  const receivedAt = visit.now();
  jar.accept(reply.setCookies);
  // A token goes with the cookie that it came with.
  if (jar === visit.jar && reply.csrfToken !== undefined) visit.csrfToken = reply.csrfToken;
  if (reply.error?.startsWith('403') === true) visit.csrfToken = undefined;
  visit.witness.request(
    receivedAt - sentAt,
    isForgiven(visit, reply.error, receivedAt, forgiven) ? undefined : reply.error,
  );
  return { ...reply, sentAt, receivedAt, droppedSession: cookie !== undefined && cookieAfter !== cookie };
}

const processOf = ({ servers }: Visit, port: number): number => servers.findIndex((each) => each.port === port) + 1;

const resultOf = ({ outcome, error, shown, formAnswer }: ShopReply): Omit<Answer, 'process' | 'cookie'> => ({
  outcome,
  error,
  shown,
  formAnswer,
});

/** What stands for the session, by what an answer says about the cookies that the request had. */
function sessionAfter(cookie: string | undefined, setCookies: readonly string[]): string | undefined {
  const jar = jarOf(cookie);
  jar.accept(setCookies);
  return jar.sessionHeader();
}

/** What the action has allowed for, and that a session is gone whose age has passed. */
const isForgiven = (visit: Visit, error: string | undefined, at: number, forgiven: RegExp | undefined): boolean =>
  error !== undefined &&
  (forgiven?.test(error) === true || (error.endsWith('SESSION_GONE') && mayHaveExpired(visit, at)));

/** Notes the outcome of a change, and holds what the answer shows against it. */
export function settle(visit: Visit, change: Change, sent: SentRequest): void {
  if (sent.outcome === 'ok') visit.witness.acknowledged();
  if (sent.droppedSession) return findGone(visit, sent.receivedAt);
  expect(visit, change, sent);
  if (sent.shown !== undefined) see(visit, sent.shown, sent.receivedAt);
}

/** Settles changes that were under way at the same time, in tabs of the same browser. */
export function settleTogether(
  visit: Visit,
  changes: readonly { readonly change: Change; readonly sent: SentRequest }[],
): void {
  for (const { sent } of changes) if (sent.outcome === 'ok') visit.witness.acknowledged();
  const dropped = changes.find(({ sent }) => sent.droppedSession);
  if (dropped !== undefined) return findGone(visit, dropped.sent.receivedAt);
  visit.expectation = applyTogether(
    visit.expectation,
    changes.map(({ change, sent }) => ({ change, outcome: sent.outcome })),
  );
  for (const { sent } of changes) if (sent.outcome === 'ok') visit.changedAt = sent.sentAt;
}

/** So many processes, no two the same as long as there are enough. */
export function serversAtOnce({ servers, random }: Visit, count: number): HttpClient[] {
  const first = random.index(servers.length);
  return Array.from({ length: count }, (_, index) => servers[(first + index) % servers.length] as HttpClient);
}

/** What to expect once a change has this outcome. */
export function expect(visit: Visit, change: Change, sent: SentRequest): void {
  visit.expectation = applyChange(visit.expectation, change, sent.outcome);
  if (sent.outcome === 'ok') visit.changedAt = sent.sentAt;
}

/** Holds a page against what may be shown. */
export const see = (visit: Visit, shown: Shown, receivedAt: number): void =>
  take(visit, judge(visit.expectation, shown, mayHaveExpired(visit, receivedAt)));

/** The shop has no such session. Whoever loses one starts over, so that nothing is counted twice. */
export function findGone(visit: Visit, receivedAt: number): void {
  see(visit, BLANK, receivedAt);
  startOver(visit);
}

export function take(visit: Visit, { losses, isGone, next }: Judgement): void {
  losses.forEach((loss) => visit.witness.lost(loss, visit.shopper));
  visit.expectation = next;
  if (isGone) startOver(visit);
}

export function startOver(visit: Visit): void {
  visit.jar.forgetSession();
  visit.expectation = NEW_VISITOR;
  visit.changedAt = undefined;
}

/** A little less than the age: for what a cache may round, and for two tabs whose changes were written in the other order. */
export const leastAgeMs = (ageMs: number): number => ageMs * 0.95;

export const mayHaveExpired = (visit: Visit, at: number): boolean =>
  visit.changedAt !== undefined && at >= visit.changedAt + leastAgeMs(visit.ageMs);
