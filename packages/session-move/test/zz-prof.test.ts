import { beginClientRun } from './support/exploration/client-run.ts';
import { exploreAll } from './support/exploration/explore.ts';
import { loadCode } from './support/exploration/load-code.ts';
beforeAll(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance', 'hrtime'] });
});
it('x', async () => {
  const code = await loadCode();
  const t = performance.now();
  const c = process.cpuUsage();
  const r = await exploreAll(
    () =>
      beginClientRun({
        code,
        scenario: {
          processes: [
            [
              [
                { kind: 'load', key: 0 },
                { kind: 'save', key: 0, loaded: true },
              ],
            ],
            [
              [
                { kind: 'save', key: 0, loaded: false },
                { kind: 'load', key: 0 },
              ],
            ],
          ],
          start: [0],
          hops: 1,
        },
      }),
    { preemptions: 1, faults: 1, limit: 4000 },
  );
  const d = process.cpuUsage(c);
  process.stderr.write(`${r.schedules} ${r.steps} wall ${performance.now() - t} cpu ${(d.user + d.system) / 1000}\n`);
}, 100000);
