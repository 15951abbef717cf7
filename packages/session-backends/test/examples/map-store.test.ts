import { sessionStoreContract } from '@switchyard/session-backends/testing';
import { mapStore } from '../../examples/map-store.ts';

describe('the store of docs/add-a-store.md', () => {
  const contract = sessionStoreContract({
    open: async () => {
      let ahead = 0;
      return { store: mapStore(() => Date.now() + ahead), pass: async (ms) => void (ahead += ms) };
    },
    lacks: ['failure'],
  });

  it.each(contract)('$name', ({ run }) => run());
});
