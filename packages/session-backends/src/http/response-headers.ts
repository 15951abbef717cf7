/** The Vary header with one more name. */
export function addVary(vary: string | undefined, name: string): string {
  if (vary === undefined || vary.trim() === '') return name;
  const names = vary.split(',').map((part) => part.trim().toLowerCase());
  return names.includes('*') || names.includes(name.toLowerCase()) ? vary : `${vary}, ${name}`;
}

/** The Cache-Control header of a response that only its visitor may keep. */
export function makePrivate(cacheControl: string | undefined): string {
  const parts = (cacheControl ?? '').split(',').flatMap((part) => part.trim() || []);
  const has = (name: string): boolean => parts.some((part) => part.toLowerCase() === name);
  if (has('private') || has('no-store')) return parts.join(', ');
  return ['private', ...parts.filter((part) => !/^(public|s-maxage=.*)$/i.test(part))].join(', ');
}
