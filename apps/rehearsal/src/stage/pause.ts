import { spawn } from 'node:child_process';

// Waits for our word. When we are gone without one, the paused process would never hear of it.
const GUARD = 'read -r word; [ "$word" = resumed ] || kill -KILL "$1"';

/**
 * Stops a process where it is (SIGSTOP). However this process ends, it is not left behind like that.
 * @returns lets it go on
 */
export function pause(pid: number): () => void {
  const guard = spawn('/bin/sh', ['-c', GUARD, 'sh', String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.stdin.on('error', () => undefined);
  guard.unref();
  process.kill(pid, 'SIGSTOP');
  let isPaused = true;
  return () => {
    if (!isPaused) return;
    isPaused = false;
    try {
      process.kill(pid, 'SIGCONT');
    } catch {
      // It was killed meanwhile.
    }
    guard.stdin.end('resumed\n');
  };
}
