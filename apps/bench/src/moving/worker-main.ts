// The worker of a move, as an operator would run it: in a process of its own. Ends with the process that started it.
import { createClient } from '@switchyard/databases';
import { pgListen } from '@switchyard/session-backends';
import { createMoveWorker } from '@switchyard/session-move';
import type { FromWorker } from './messages.ts';
import { openSides, type SideUrls } from './sides.ts';

const urls = JSON.parse(process.argv[2] ?? '') as SideUrls;
const tell = (message: FromWorker): void => void process.send?.(message);
const worker = createMoveWorker({
  ...openSides(urls),
  listenOld: pgListen(() => createClient(urls.old)),
  listenNew: pgListen(() => createClient(urls.new)),
  onEvent: ({ kind }) => {
    if (kind === 'leading') tell({ kind });
  },
});
process.on('message', () => void worker.close());
process.on('disconnect', () => process.exit(1));
await worker.run();
process.exit(0);
