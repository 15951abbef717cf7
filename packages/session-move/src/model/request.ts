import { otherSite } from '@switchyard/session-backends/fence';
import type { Belief, Fence, SiteName, Version } from '@switchyard/session-backends/fence';
import type { Judged, Write } from './statements.ts';
import type { Row } from './world.ts';

/** `update` is a save that says which version it has loaded; `save` goes over whatever live row is there. */
export type RequestKind = 'load' | 'save' | 'update' | 'touch' | 'create' | 'createFresh' | 'destroy' | 'rename';

/** What the last load of a process returned: what its next update expects. */
export interface Seen {
  readonly version: Version;
  readonly value: number;
  readonly writtenBy: number;
}

/**
 * The next statement of a request. `ask`: the load or the write itself. `why`: a load, because nothing was written.
 * `fetch`: the other side's row. `adopt`: the guarded copy of that row. `commit` and `second` exist only where a
 * mechanism is left out: a write whose fence check is behind it, and the second half of a rename.
 */
export type Stage = 'ask' | 'why' | 'fetch' | 'adopt' | 'commit' | 'second';

export interface Request {
  readonly id: number;
  readonly kind: RequestKind;
  readonly key: number;
  readonly value: number;
  readonly expires: number;
  readonly expected: Seen | null;
  readonly stage: Stage;
  readonly adoptedEpoch: number | null;
  /** In a merge: this side's row, and the clock when it was read. */
  readonly own: Row | null;
  readonly asOf: number;
  /** In an adoption: the other side's row, and the move it was read under. */
  readonly fetched: Row | null;
  readonly fetchedMove: string | null;
  readonly judged: Judged | null;
  /** The answer to the write was lost: the request is looking for what became of it. */
  readonly lost: boolean;
  /** The write has been sent more than once. */
  readonly repeated: boolean;
}

/** One process of the shop with one request at a time. Between requests it keeps its belief. */
export interface Process {
  readonly belief: Belief;
  readonly seen: Seen | null;
  /** It has just been started and has asked one of the two fences. */
  readonly starting: { readonly site: SiteName; readonly fence: Fence } | null;
  readonly request: Request | null;
}

/** What a request forgets when it goes on to its next statement. */
export const CLEARED = { own: null, asOf: 0, fetched: null, fetchedMove: null, judged: null } as const;

export const beginRequest = (
  process: Process,
  request: Pick<Request, 'id' | 'kind' | 'key' | 'value' | 'expires'>,
): Process => {
  const usesSeen = request.kind === 'update' || request.kind === 'rename' || request.kind === 'touch';
  return {
    ...process,
    request: {
      ...request,
      expected: usesSeen ? process.seen : null,
      stage: 'ask',
      adoptedEpoch: null,
      ...CLEARED,
      lost: false,
      repeated: false,
    },
  };
};

/** Where the next statement of its request goes. */
export const targetOf = (process: Process): SiteName =>
  process.request?.stage === 'fetch' ? otherSite(process.belief.site) : process.belief.site;

/** The key that the next statement of the request is about: a lost rename looks for its new key. */
export const soughtKey = (request: Request): number =>
  request.lost && request.kind === 'rename' ? request.key + 1 : request.key;

/** The write of a request, as it is sent. */
export const writeOf = (process: Process, request: Request): Write => ({
  kind: writeKindOf(request.kind),
  request: request.id,
  key: request.key,
  value: request.kind === 'touch' ? (request.expected?.value ?? 0) : request.value,
  expires: request.expires,
  fresh: request.kind === 'createFresh',
  expectedVersion: request.kind === 'touch' ? null : (request.expected?.version ?? null),
  believedEpoch: process.belief.epoch,
  adoptedEpoch: request.adoptedEpoch,
});

export function writeKindOf(kind: RequestKind): Write['kind'] {
  switch (kind) {
    case 'load':
      throw new Error('A load writes nothing');
    case 'save':
      return 'update';
    case 'createFresh':
      return 'create';
    default:
      return kind;
  }
}
