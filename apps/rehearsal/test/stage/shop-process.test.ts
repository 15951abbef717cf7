import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { findProjectFolder } from '@switchyard/databases';
import { createFleet } from '../../src/stage/fleet.ts';
import { bundlePrograms } from '../../src/stage/programs.ts';

describe('a shop that does not start', () => {
  it('is reported with what it said last', async () => {
    const project = findProjectFolder();
    const folder = await mkdtemp(path.join(os.tmpdir(), 'switchyard-programs-'));
    const fleet = await createFleet({
      project,
      programs: await bundlePrograms(project, folder),
      environment: { PATH: process.env['PATH'] },
      processes: [{ flagDelayMs: 0, environment: {} }],
      onOutput: () => undefined,
      onEnd: () => undefined,
    });
    await expect(fleet.open()).rejects.toMatchObject({
      code: 'SHOP_DID_NOT_START',
      message: expect.stringMatching(/ended at its start \(exit 2\)[^]*MAIN_DATABASE_URL is not set/),
    });
    expect(fleet.processes[0]?.isOpen()).toBe(false);
    await fleet.stop();
    await rm(folder, { recursive: true });
  });
});
