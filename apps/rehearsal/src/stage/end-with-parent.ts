// Loaded into each process of the shop ahead of its program: the other end of its stdin is the rehearsal. However that
// ends, SIGKILL included, the shop ends too.
process.stdin.once('end', () => process.kill(process.pid, 'SIGTERM')).resume();
if ('unref' in process.stdin && typeof process.stdin.unref === 'function') process.stdin.unref();
