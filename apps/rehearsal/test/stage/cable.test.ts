import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { layCable, type Cable } from '../../src/stage/cable.ts';

/** Says everything back that it is told. */
let echo: Server;
let cable: Cable;

beforeEach(async () => {
  echo = createServer((socket) => void socket.on('error', () => undefined).pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  cable = await layCable((echo.address() as AddressInfo).port);
});
afterEach(async () => {
  await cable.close();
  echo.close();
});

async function open(): Promise<Socket> {
  const socket = connect(cable.port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

const said = async (socket: Socket, words: string): Promise<string> => {
  socket.write(words);
  const [heard] = (await once(socket, 'data')) as [Buffer];
  return heard.toString();
};

/** Resolves when it has broken, whichever way. */
const breaking = async (socket: Socket): Promise<void> => {
  socket.on('error', () => undefined).resume();
  await new Promise((resolve) => socket.once('close', resolve));
};

describe('a cable', () => {
  it('carries what is said both ways, and the end of it', async () => {
    const socket = await open();
    expect(await said(socket, 'hello')).toBe('hello');
    socket.end();
    await once(socket, 'close');
  });

  it('breaks every connection when it is cut, and each new one until it is mended', async () => {
    const socket = await open();
    await said(socket, 'hello');
    const broken = breaking(socket);
    cable.cut();
    await broken;
    const again = connect(cable.port, '127.0.0.1');
    await breaking(again);
    cable.mend();
    const third = await open();
    expect(await said(third, 'back')).toBe('back');
    third.destroy();
  });

  it('carries on, in order, with what was said while it was held', async () => {
    const socket = await open();
    cable.hold();
    let heard = '';
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    for (const word of ['one ', 'two ', 'three']) {
      socket.write(word);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(heard).toBe('');
    cable.mend();
    while (heard.length < 13) await once(socket, 'data');
    expect(heard).toBe('one two three');
    socket.destroy();
  });

  it('loses what was said while it was held when it is cut then', async () => {
    const socket = await open();
    let heard = '';
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    cable.hold();
    socket.write('hello');
    const broken = breaking(socket);
    await new Promise((resolve) => setTimeout(resolve, 10));
    cable.cut();
    await broken;
    cable.mend();
    expect(heard).toBe('');
  });

  it('delivers answers late while it is slow, and those on their way at once when it is mended', async () => {
    const socket = await open();
    cable.slow(60);
    const since = performance.now();
    expect(await said(socket, 'hello')).toBe('hello');
    expect(performance.now() - since).toBeGreaterThan(55);
    cable.slow(60_000);
    const late = said(socket, 'again');
    await new Promise((resolve) => setTimeout(resolve, 20));
    cable.mend();
    expect(await late).toBe('again');
    socket.destroy();
  });

  it('breaks also while one end does not take what it is sent', async () => {
    const socket = await open();
    socket.pause();
    socket.write(Buffer.alloc(20_000_000));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const broken = breaking(socket);
    cable.cut();
    await broken;
  });

  it('breaks where there is no server', async () => {
    const nowhere = await layCable(1);
    const socket = connect(nowhere.port, '127.0.0.1');
    await breaking(socket);
    await nowhere.close();
  });
});
