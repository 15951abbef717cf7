import { NO_SESSION, perform, type Event, type State } from '../../src/checker/basket-object.ts';

/** Tries every order of the acts that the times allow, one by one, with whatever may happen happening or not. */
export function hasOrder(events: readonly Event[], ageMs: number): boolean {
  const isThrough = (event: Event, done: number): boolean => done === event.acts.length;
  const tryOn = (state: State, done: readonly number[]): boolean => {
    if (events.every((event, index) => event.to === undefined || isThrough(event, done[index] as number))) return true;
    return events.some((event, index) => {
      const act = event.acts[done[index] as number];
      const mayBeNext = events.every(
        (other, at) => other.to === undefined || other.to >= event.from || isThrough(other, done[at] as number),
      );
      if (act === undefined || !mayBeNext) return false;
      const next = done.map((number, at) => (at === index ? number + 1 : number));
      return perform(state, act, event, ageMs).some((after) => tryOn(after, next));
    });
  };
  return tryOn(
    NO_SESSION,
    events.map(() => 0),
  );
}
