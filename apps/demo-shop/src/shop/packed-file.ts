import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';

export interface PackedContent {
  readonly body: Buffer;
  /** Another one for each encoding. */
  readonly etag: string;
  readonly contentEncoding: 'br' | 'gzip' | undefined;
}

export interface PackedFile {
  /** The content in this encoding, or as it is where that is no larger. */
  packed(encoding: string | false): Promise<PackedContent>;
}

const compressors = { br: promisify(brotliCompress), gzip: promisify(gzip) };

/** A file that is compressed as well as can be, once, when somebody first takes it so. */
export function packedOf(content: Buffer, fingerprint: string): PackedFile {
  const plain: PackedContent = { body: content, etag: `"${fingerprint}"`, contentEncoding: undefined };
  const kept = new Map<string, Promise<PackedContent>>();
  const pack = async (encoding: 'br' | 'gzip'): Promise<PackedContent> => {
    const body = await compressors[encoding](content);
    if (body.length >= content.length) return plain;
    return { body, etag: `"${fingerprint}-${encoding}"`, contentEncoding: encoding };
  };
  return {
    packed: async (encoding) => {
      if (encoding !== 'br' && encoding !== 'gzip') return plain;
      const packed = kept.get(encoding) ?? pack(encoding);
      kept.set(encoding, packed);
      return packed;
    },
  };
}
