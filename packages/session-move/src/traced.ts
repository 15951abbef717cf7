import { createTracing } from '@switchyard/session-backends';

export const { traced, tracedSince } = createTracing('@switchyard/session-move');
