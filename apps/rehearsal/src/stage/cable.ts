import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** The connections between one process and one server, to be broken, held up and slowed down. */
export interface Cable {
  readonly port: number;
  /** Breaks them all, with what is on its way, and each new one, until it is mended. */
  cut(): void;
  /** Carries nothing any more and tells nobody, as where packets are dropped. Mended, it carries on; cut, it breaks. */
  hold(): void;
  /** Each answer comes that much later, until it is mended. */
  slow(ms: number): void;
  mend(): void;
  close(): Promise<void>;
}

type Condition = { readonly kind: 'whole' | 'cut' | 'held' } | { readonly kind: 'slow'; readonly delayMs: number };

/** One way of one connection. */
interface Lane {
  /** To be called when the condition has changed. */
  flush(): void;
}

/** @param to a port of this machine */
export async function layCable(to: number): Promise<Cable> {
  const sockets = new Set<Socket>();
  const lanes = new Set<Lane>();
  let condition: Condition = { kind: 'whole' };
  const isHeld = (): boolean => condition.kind === 'held';
  const answerDelay = (): number => (condition.kind === 'slow' ? condition.delayMs : 0);

  const server = createServer({ noDelay: true }, (near) => {
    near.on('error', () => undefined);
    if (condition.kind === 'cut') return void near.destroy();
    const far = connect({ port: to, host: '127.0.0.1', noDelay: true });
    const both = [near, far];
    const own = [carry(near, far, () => 0, isHeld), carry(far, near, answerDelay, isHeld)];
    both.forEach((socket) => sockets.add(socket));
    own.forEach((lane) => lanes.add(lane));
    // Not resetAndDestroy(): that waits until the other end has taken what it is sent.
    const end = (): void => {
      both.forEach((socket) => sockets.delete(socket));
      own.forEach((lane) => lanes.delete(lane));
      both.forEach((socket) => socket.destroy());
    };
    far.on('error', end);
    for (const socket of both)
      socket.on('close', (hadError) => (hadError || both.every((each) => each.destroyed)) && end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  const become = (next: Condition): void => {
    condition = next;
    if (next.kind === 'cut') for (const socket of [...sockets]) socket.destroy();
    else for (const lane of lanes) lane.flush();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => become({ kind: 'cut' }),
    hold: () => become({ kind: 'held' }),
    slow: (delayMs) => become({ kind: 'slow', delayMs }),
    mend: () => become({ kind: 'whole' }),
    close: async () => {
      become({ kind: 'cut' });
      server.close();
      await once(server, 'close');
    },
  };
}

/** Passes on what comes from one end to the other, in its order, as late as it has to be. */
function carry(from: Socket, to: Socket, delayMs: () => number, isHeld: () => boolean): Lane {
  const line: { readonly due: number; readonly chunk: Buffer | undefined }[] = [];
  let timer: NodeJS.Timeout | undefined;

  const pass = (): void => {
    clearTimeout(timer);
    for (let first = line[0]; first !== undefined && !isHeld() && !to.destroyed; first = line[0]) {
      const waitMs = first.due - performance.now();
      // A timer may fire a little early.
      if (waitMs > 1) return void (timer = setTimeout(pass, waitMs));
      line.shift();
      if (first.chunk === undefined) to.end();
      else to.write(first.chunk);
    }
  };
  const take = (chunk: Buffer | undefined): void => {
    line.push({ due: Math.max(line.at(-1)?.due ?? 0, performance.now() + delayMs()), chunk });
    pass();
  };
  from.on('data', take).on('end', () => take(undefined));
  return {
    flush: () => {
      const delay = delayMs();
      for (const [index, { due, chunk }] of line.entries())
        line[index] = { due: Math.min(due, performance.now() + delay), chunk };
      pass();
    },
  };
}
