// A process that runs one subject and nothing else, so that its processor time and its garbage are its own. Ends with the
// process that started it.
import { SUBJECTS } from '../subjects/subject-named.ts';
import { createDriver } from './drive.ts';
import type { FromProcess, SubjectSettings, ToProcess } from './messages.ts';

const tell = (message: FromProcess): void => void process.send?.(message);

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${reasonOf(error.cause)}` : error.message;
};

async function main({ subject: name, place, sessions, bytes, stride }: SubjectSettings): Promise<void> {
  const subject = await (await SUBJECTS[name]()).open(place);
  const driver = createDriver(subject, { sessions, bytes, stride });
  if (place.isFilled !== true) await driver.fill();
  const answer = async (message: ToProcess): Promise<void> => {
    if (message.kind === 'measure') tell({ kind: 'measured', measurement: await driver.measure(message.task) });
    else {
      await subject.close();
      process.exit(0);
    }
  };
  process.on('message', (message: ToProcess) => void answer(message).catch(fail));
  tell({ kind: 'ready' });
}

const fail = (error: unknown): void => tell({ kind: 'failed', reason: reasonOf(error) });

process.on('disconnect', () => process.exit(1));
await main(JSON.parse(process.argv[2] ?? '') as SubjectSettings).catch(fail);
