export default async function teardown() {
  const child = globalThis.switchyardTestServers;
  await new Promise((resolve) => {
    child.once('exit', resolve);
    child.send('stop');
  });
}
