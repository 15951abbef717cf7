/**
 * Whether what was thrown is how Next's `redirect()`, `notFound()` and their like leave a function: nothing has failed.
 * Their mark is the error's digest: NEXT_REDIRECT;…, NEXT_HTTP_ERROR_FALLBACK;404 and, before Next 15, NEXT_NOT_FOUND.
 */
export function isNavigation(thrown: unknown): boolean {
  if (typeof thrown !== 'object' || thrown === null || !('digest' in thrown)) return false;
  const { digest } = thrown;
  return typeof digest === 'string' && /^NEXT_(REDIRECT|HTTP_ERROR_FALLBACK|NOT_FOUND)(;|$)/.test(digest);
}
