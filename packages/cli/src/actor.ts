import { hostname, userInfo } from 'node:os';

/** Who gives this command, for the log: `user@host`. */
export function actor(): string {
  const name = process.env['SUDO_USER'] ?? userInfo().username;
  return `${name}@${hostname()}`;
}
