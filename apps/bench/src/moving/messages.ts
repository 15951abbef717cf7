export type ToWorker = { readonly kind: 'close' };
export type FromWorker = { readonly kind: 'leading' };
