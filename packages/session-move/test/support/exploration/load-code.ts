import path from 'node:path';
import { findProjectFolder } from '@switchyard/databases';

type StoreModule = typeof import('@switchyard/session-backends');
type FenceModule = typeof import('@switchyard/session-backends/fence');
type StepsModule = typeof import('../../../src/model/fence-steps.ts');

/** The code under test: the rules, the store's client and the sites that use them, and what the controller may do. */
export interface Code {
  readonly fence: FenceModule;
  readonly fenceSteps: StepsModule['fenceSteps'];
  readonly SqlFailure: StoreModule['SqlFailure'];
}

/** The functions of rules.ts. */
export type Rules = { readonly [Name in keyof FenceModule]: FenceModule[Name] };

const RULES = path.join(findProjectFolder(), 'packages/session-backends/src/fence/rules.ts');

/** Loads it afresh, with some of the rules replaced: everything else is the real code. */
export async function loadCode(broken: (rules: Rules) => Partial<Rules> = () => ({})): Promise<Code> {
  let code: Code | undefined;
  await jest.isolateModulesAsync(async () => {
    jest.doMock(RULES, () => {
      const rules = jest.requireActual<Rules>(RULES);
      return { ...rules, ...broken(rules) };
    });
    const fence = await import('@switchyard/session-backends/fence');
    const { SqlFailure } = await import('@switchyard/session-backends');
    const { fenceSteps } = await import('../../../src/model/fence-steps.ts');
    code = { fence, fenceSteps, SqlFailure };
  });
  jest.dontMock(RULES);
  return code as Code;
}
