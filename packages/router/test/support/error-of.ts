import { RouterError } from '@switchyard/router';

/** The code and message of the RouterError that a function throws, or an operation rejects with. */
export async function errorOf(act: () => unknown): Promise<{ code: string; message: string }> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof RouterError)) throw error;
    return { code: error.code, message: error.message };
  }
  throw new Error('nothing was thrown');
}
