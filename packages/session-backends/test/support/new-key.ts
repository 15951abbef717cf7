import { drawSessionKey, encodeKey, type StoredKey } from '@switchyard/session-backends';

export const newKey = (): StoredKey => encodeKey(drawSessionKey());
