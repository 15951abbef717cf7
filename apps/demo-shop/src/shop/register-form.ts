import { textField } from './form-fields.ts';
import { isEmail } from './is-email.ts';
import type { FieldErrors } from './views.ts';

export interface RegisterFields {
  readonly name: string;
  /** Trimmed, in lower case. */
  readonly email: string;
  readonly password: string;
}

export const readRegisterForm = (body: unknown): RegisterFields => ({
  name: (textField(body, 'name') ?? '').trim(),
  email: (textField(body, 'email') ?? '').trim().toLowerCase(),
  password: textField(body, 'password') ?? '',
});

/** Empty when the form is in order. */
export function checkRegisterForm({ name, email, password }: RegisterFields): FieldErrors<RegisterFields> {
  return {
    ...((name === '' || name.length > 100) && { name: 'Please tell us your name, in 100 letters at most.' }),
    ...(!isEmail(email) && { email: 'Please enter an email address, like ada@example.com.' }),
    ...((password.length < 10 || password.length > 200) && {
      password: 'Please choose a password of 10 to 200 characters.',
    }),
  };
}
