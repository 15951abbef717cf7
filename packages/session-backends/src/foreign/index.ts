export { djangoCodec, type DjangoCodecOptions } from './django-codec.ts';
export { djangoLogin, type DjangoLogin } from './django-login.ts';
export { expressSessionCodec, type ExpressSessionCodecOptions } from './express-session-codec.ts';
export {
  connectPgSimpleTable,
  djangoTable,
  prismaSessionTable,
  type ConnectPgSimpleTableOptions,
  type PrismaSessionTableOptions,
  type SharedTable,
} from './shared-table.ts';
export { sharedTableStore, type SharedTableStoreOptions } from './shared-table-store.ts';
