import { serve, type Serving } from '../src/serve.ts';
import type { StartError } from '../src/start-error.ts';

const serving: Serving[] = [];
afterEach(async () => {
  for (const each of serving.splice(0)) await each.close(0);
});

const open = async (app: Parameters<typeof serve>[0], port = 0): Promise<Serving> => {
  const opened = await serve(app, { host: '127.0.0.1', port, portFrom: 'METRICS_PORT' });
  serving.push(opened);
  return opened;
};

it('a port that is taken is named, with the variable that it comes from', async () => {
  const { url } = await open((_request, response) => response.end());
  const port = Number(new URL(url).port);
  const failed = (await open(() => undefined, port).catch((error: unknown) => error)) as StartError;
  expect(failed.code).toBe('PORT_IN_USE');
  expect(failed.message).toContain(`Stop that one, or choose another port: METRICS_PORT=${port + 1} [PORT_IN_USE]`);
});

it('streams of events are ended when it closes, and count as finished', async () => {
  const { url, close } = await open((_request, response) => {
    response.setHeader('Content-Type', 'text/event-stream');
    response.write('data: first\n\n');
  });
  const stream = await fetch(url);
  const text = stream.text();
  expect(await close(60_000)).toBe(0);
  expect(await text).toBe('data: first\n\n');
});

it('requests that do not end in time are cut off and counted', async () => {
  let begun = (): void => undefined;
  const isUnderWay = new Promise<void>((resolve) => (begun = resolve));
  const { url, close } = await open(() => begun());
  const answer = fetch(url).then(
    () => 'answered',
    () => 'cut off',
  );
  await isUnderWay;
  expect(await close(10)).toBe(1);
  expect(await answer).toBe('cut off');
});
