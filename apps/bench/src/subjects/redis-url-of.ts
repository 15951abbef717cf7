import { BenchError } from '../bench-error.ts';
import type { Place } from './subject.ts';

/** @throws {BenchError} SUBJECT_FAILED */
export function redisUrlOf({ redisUrl }: Place): string {
  if (redisUrl === undefined) throw new BenchError('SUBJECT_FAILED', 'there is no Redis for it');
  return redisUrl;
}
