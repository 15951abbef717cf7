// Carries out the move of docs/runbook.md, on servers of its own and with sessions being written meanwhile, and puts what
// its commands print into the document.
//
//   npm run runbook
//
// A command is a comment above its block: <!-- run: npx switchyard move start -->. One that goes on in a terminal of its
// own is <!-- beside: npx switchyard move worker -->; it is ended at the end, and its block is what it had printed.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import path from 'node:path';
import {
  ALIASES,
  createMigrator,
  createPool,
  findProjectFolder,
  makeTemporaryFolder,
  startEmbeddedPostgres,
  type Alias,
} from '@switchyard/databases';
import { createSessions, pgExecutor } from '@switchyard/session-backends';
import { fencedStore, postgresSite } from '@switchyard/session-backends/fence';
import { pgMoveDatabase, siteMeter, startHeartbeat } from '@switchyard/session-move';

const SESSIONS = 3_000;
const WRITE_EVERY_MS = 20;

const project = findProjectFolder();
const file = path.join(project, 'docs/runbook.md');
const folder = makeTemporaryFolder('switchyard-runbook-');

const open = (alias: Alias) => startEmbeddedPostgres({ project, folder: path.join(folder, alias), database: alias });
const [main, sessionsServer] = await Promise.all(ALIASES.map(open));
if (main === undefined || sessionsServer === undefined) throw new Error('two servers are needed');
const pools = { main: createPool(main.url), sessions: createPool(sessionsServer.url) };
const env = { ...process.env, MAIN_DATABASE_URL: main.url, SESSIONS_DATABASE_URL: sessionsServer.url };

/** A shop, as far as its sessions go. */
function openShop(): { stop: () => Promise<void> } {
  const meter = siteMeter();
  const databases = [pgMoveDatabase(pools.main), pgMoveDatabase(pools.sessions)];
  const heartbeat = startHeartbeat({ databases, meter, role: 'shop' });
  const store = fencedStore({
    sites: [
      meter.watch(postgresSite({ name: 'old', executor: pgExecutor(pools.main) })),
      meter.watch(postgresSite({ name: 'new', executor: pgExecutor(pools.sessions) })),
    ],
  });
  const sessions = createSessions<{ basket: Record<string, number> }>({ store });
  const keys: string[] = [];
  let open = true;
  const shop = async (): Promise<void> => {
    while (open) {
      const session = sessions.open(keys.length > 200 ? keys[Math.floor(Math.random() * keys.length)] : undefined);
      // Until the new database has its tables, only the old one can say where a session is.
      await session
        .update((data) => {
          data.basket = { ...data.basket, [`product-${Math.floor(Math.random() * 20)}`]: 1 };
        })
        .then(() => session.sessionKey !== undefined && keys.push(session.sessionKey))
        .catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, WRITE_EVERY_MS));
    }
  };
  const running = shop();
  return {
    stop: async () => {
      open = false;
      await running;
      await heartbeat.close();
    },
  };
}

/** What was there before anybody thought of a move. */
const seed = (): Promise<unknown> =>
  pools.main.query(
    `insert into session (session_key, data, expires_at)
     select encode(sha256(n::text::bytea), 'hex'), json_build_object('basket', repeat('x', 800))::text, now() + interval '14 days'
     from generate_series(1, $1::int) n`,
    [SESSIONS],
  );

function start(command: string): { child: ChildProcess; output: () => string } {
  const [program, ...args] = command.split(' ');
  if (program !== 'npx' || args[0] !== 'switchyard') throw new Error(`not a command of the runbook: ${command}`);
  const bin = path.join(project, 'packages/cli/bin/switchyard.mjs');
  const child = spawn(process.execPath, [bin, ...args.slice(1)], { cwd: project, env });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { child, output: () => text };
}

async function run(command: string): Promise<string> {
  const { child, output } = start(command);
  const [code] = (await once(child, 'close')) as [number];
  return code === 0 ? output() : `${output()}exit code ${code}\n`;
}

/** Whoever reads it is neither this user nor on this machine. */
const anonymous = (text: string): string =>
  text
    .replaceAll(`${process.env['SUDO_USER'] ?? userInfo().username}@${hostname()}`, 'ada@ops-1')
    .replaceAll(hostname(), 'ops-1')
    .trimEnd();

const MARKED = /<!-- (run|beside): (.+?) -->\n\n```console\n[\s\S]*?```/g;

async function writeRunbook(): Promise<void> {
  await createMigrator(project, 'main', pools.main).apply();
  await seed();
  const shop = openShop();
  const beside: { command: string; child: ChildProcess; output: () => string }[] = [];
  const outputs: string[] = [];
  const before = readFileSync(file, 'utf8');
  try {
    for (const [, kind, command] of before.matchAll(MARKED) as Iterable<[string, string, string]>) {
      console.log(`$ ${command}`);
      if (kind === 'run') outputs.push(await run(command));
      else {
        const started = start(command);
        beside.push({ command, ...started });
        outputs.push(command);
        await new Promise((resolve) => setTimeout(resolve, 3_000));
      }
    }
  } finally {
    await shop.stop();
    for (const { child } of beside) {
      child.kill('SIGTERM');
      await once(child, 'close');
    }
  }
  let next = 0;
  const after = before.replace(MARKED, (_all, kind: string, command: string) => {
    const printed = outputs[next++] as string;
    const text = kind === 'run' ? printed : (beside.find((each) => each.command === printed)?.output() ?? '');
    return `<!-- ${kind}: ${command} -->\n\n\`\`\`console\n$ ${command}\n${anonymous(text)}\n\`\`\``;
  });
  writeFileSync(file, after);
  spawnSync('npx', ['prettier', '--write', '--log-level=warn', file], { cwd: project, stdio: 'inherit' });
}

try {
  await writeRunbook();
} finally {
  await Promise.all(Object.values(pools).map((pool) => pool.end()));
  await Promise.all([main.stop(), sessionsServer.stop()]);
  await rm(folder, { recursive: true, force: true });
}
