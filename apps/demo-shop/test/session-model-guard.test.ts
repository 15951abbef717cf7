import { sessionModelGuard } from '../src/session-model-guard.ts';

describe('the Session model through the routed client', () => {
  const ask = (
    state: readonly [moving: boolean, switched: boolean, routed: boolean],
    kind: 'read' | 'write',
    model = 'session',
  ) =>
    sessionModelGuard({ isMoving: () => state[0], hasSwitched: () => state[1], isRouted: () => state[2] }).check({
      model,
      kind,
      operation: kind === 'read' ? 'findMany' : 'update',
      alias: 'main',
      hints: {},
    })?.code;

  it.each([
    ['without a move', [false, false, false], undefined, undefined],
    ['from the start of a move', [true, false, false], undefined, 'MODEL_MOVING'],
    ['from its first switch', [true, true, false], 'MODEL_MOVING', 'MODEL_MOVING'],
    ['after its end', [true, true, true], undefined, 'MODEL_MOVING'],
  ] as const)('%s', (_when, state, read, write) => {
    expect([ask(state, 'read'), ask(state, 'write')]).toEqual([read, write]);
    expect([ask(state, 'read', 'product'), ask(state, 'write', 'product')]).toEqual([undefined, undefined]);
  });
});
