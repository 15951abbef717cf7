import { koaSessionStore, type KoaSessionStoreOptions } from '@switchyard/session-backends/koa-session';
import Koa, { type Context } from 'koa';
import session, { type CreateSessionOptions } from 'koa-session';
import type { Adapter } from './adapter-shop.ts';

interface Lines {
  lines?: Record<string, string>;
  regenerate(): Promise<void>;
}

interface ShopOptions extends Partial<KoaSessionStoreOptions> {
  readonly library?: CreateSessionOptions;
}

export const koaSessionShop = ({ library, ...options }: ShopOptions = {}): Adapter => ({
  name: 'koa.sess',
  open: async ({ store, during, onEvent }) => {
    const app = new Koa({ keys: ['test'] });
    app.silent = true;
    app.use(session({ store: koaSessionStore({ store, onEvent, ...options }), maxAge: 3_600_000, ...library }, app));
    app.use(async (ctx: Context) => {
      const [, page, name = ''] = ctx.path.split('/');
      const lines = ctx.session as Lines;
      if (page === 'show') return void (ctx.body = lines.lines ?? {});
      ctx.status = 204;
      if (page === 'logout') return void (ctx.session = null);
      if (page === 'regenerate') return lines.regenerate();
      await during();
      const text = String(ctx.query['text'] ?? 1);
      // The whole session anew, as koa-session allows.
      if (page === 'assign') ctx.session = { lines: { ...lines.lines, [name]: text } } as never;
      else (lines.lines ??= {})[name] = text;
    });
    const handle = app.callback();
    return (req, res) => void handle(req, res);
  },
});
