import { findProjectFolder } from '@switchyard/databases';
import { startFleet } from '../../src/stage/fleet.ts';

describe('a shop that does not start', () => {
  it('is reported with what it said last', async () => {
    const starting = startFleet({
      project: findProjectFolder(),
      environment: { PATH: process.env['PATH'] },
      flagDelaysMs: [0],
      onOutput: () => undefined,
      onEnd: () => undefined,
    });
    await expect(starting).rejects.toMatchObject({
      code: 'SHOP_DID_NOT_START',
      message: expect.stringMatching(/ended at its start \(exit 2\)[^]*MAIN_DATABASE_URL is not set/),
    });
  });
});
