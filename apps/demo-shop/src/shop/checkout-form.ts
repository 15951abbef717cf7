import { textField } from './form-fields.ts';
import { isEmail } from './is-email.ts';
import type { FieldErrors } from './views.ts';

export interface CheckoutFields {
  readonly name: string;
  readonly email: string;
  readonly address: string;
}

export const readCheckoutForm = (body: unknown): CheckoutFields => ({
  name: (textField(body, 'name') ?? '').trim(),
  email: (textField(body, 'email') ?? '').trim(),
  address: (textField(body, 'address') ?? '').replaceAll('\r\n', '\n').trim(),
});

/** Empty when the form is in order. */
export function checkCheckoutForm({ name, email, address }: CheckoutFields): FieldErrors<CheckoutFields> {
  return {
    ...((name === '' || name.length > 100) && { name: 'Please tell us your name, in 100 letters at most.' }),
    ...(!isEmail(email) && { email: 'Please enter an email address, like ada@example.com.' }),
    ...((address === '' || address.length > 500) && {
      address: 'Please tell us where to send it, in 500 letters at most.',
    }),
  };
}
