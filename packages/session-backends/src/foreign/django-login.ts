import type { Session } from '../session/session.ts';
import { saltedHmac } from './django-signature.ts';

export interface DjangoLogin {
  /** The user's primary key, as text. */
  readonly userId: string;
  /** The user's `password` column, as it is in the database: a changed password ends the session at Django's. */
  readonly password: string;
  /** SECRET_KEY. */
  readonly secretKey: string;
  /** One of AUTHENTICATION_BACKENDS. Default is "django.contrib.auth.backends.ModelBackend". */
  readonly backend?: string;
}

const AUTH_SALT = 'django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash';

/**
 * Logs a user in so that Django sees it: what `django.contrib.auth.login` does. A visitor's session is kept, under a
 * fresh key; that of another user, or of the same with another password, is destroyed first. `session.flush()` is the
 * logout.
 */
export async function djangoLogin(session: Session, login: DjangoLogin): Promise<void> {
  const { userId, password, secretKey, backend = 'django.contrib.auth.backends.ModelBackend' } = login;
  const hash = saltedHmac('sha256', AUTH_SALT, secretKey, password).toString('hex');
  if (await session.has('_auth_user_id')) {
    const same = (await session.get('_auth_user_id')) === userId && (await session.get('_auth_user_hash')) === hash;
    if (!same) await session.flush();
  } else if (session.sessionKey !== undefined) await session.cycleKey();
  await session.update((values) => ({
    ...values,
    _auth_user_id: userId,
    _auth_user_backend: backend,
    _auth_user_hash: hash,
  }));
}
