import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Request, Response } from 'express';

/** Shorter than that, a page fits into one packet anyway. */
const WORTH_BYTES = 1_200;

const compressors = {
  // Quality 4 takes about a millisecond for a page and is smaller than gzip; more is for what is kept.
  br: (text: string) => promisify(brotliCompress)(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  gzip: (text: string) => promisify(gzip)(text, { level: 5 }),
};

/**
 * Sends a page, compressed where the browser takes that. What is secret in it must look different each time: else its
 * length would tell of it to who can have a word of theirs put beside it.
 */
export async function sendHtml(request: Request, response: Response, html: string): Promise<void> {
  response.type('html').vary('Accept-Encoding');
  const encoding = html.length < WORTH_BYTES ? false : request.acceptsEncodings('br', 'gzip');
  if (encoding !== 'br' && encoding !== 'gzip') {
    response.send(html);
    return;
  }
  const packed = await compressors[encoding](html);
  response.set('Content-Encoding', encoding).send(packed);
}
