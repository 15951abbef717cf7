/**
 * Waits for something that can only be asked for.
 * @throws after 10 s, naming what did not come true
 */
export async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited for 10 s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
