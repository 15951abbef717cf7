export type ShopErrorCode =
  | 'PAGE_UNKNOWN'
  | 'PRODUCT_UNKNOWN'
  | 'ORDER_UNKNOWN'
  | 'QUANTITY_INVALID'
  | 'LINE_FULL'
  | 'BASKET_FULL'
  | 'BASKET_EMPTY'
  | 'PRODUCT_GONE'
  | 'CHECKOUT_STALE'
  | 'BODY_INVALID'
  | 'BODY_TOO_LARGE'
  | 'FORM_EXPIRED'
  | 'SESSION_GONE'
  | 'SESSION_BUSY'
  | 'SESSION_UNAVAILABLE'
  | 'SESSION_UNCERTAIN'
  | 'SHOP_UNAVAILABLE'
  | 'INTERNAL';

/** An expected failure that ends in a page of its own; `problem.ts` has the status and the words for each code. */
export class ShopError extends Error {
  override readonly name = 'ShopError';
  readonly code: ShopErrorCode;

  constructor(code: ShopErrorCode, options?: { cause?: unknown }) {
    super(code, options);
    this.code = code;
  }
}
