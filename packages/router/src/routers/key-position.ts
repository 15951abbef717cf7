import { hash } from 'node:crypto';

/**
 * The place of a key among all keys, at least 0 and below 1: the first four bytes of its SHA-256. The same for ever and
 * everywhere; keys are spread evenly.
 */
export function keyPosition(key: string): number {
  return Number.parseInt(hash('sha256', key).slice(0, 8), 16) / 2 ** 32;
}
