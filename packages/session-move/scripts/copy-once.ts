/** Copies the sessions of one database into another by PostgreSQL's own COPY, and prints, as JSON, how long that took. */
import { pipedCopy } from './piped-copy.ts';

const [fromUrl, toUrl] = process.argv.slice(2);
console.log(JSON.stringify({ tookMs: await pipedCopy(fromUrl as string, toUrl as string) }));
