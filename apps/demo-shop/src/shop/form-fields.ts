import { isProductId } from './basket.ts';
import { ShopError } from './shop-error.ts';

/**
 * A field as text, numbers of a JSON body included; `undefined` where it is absent, repeated or nested.
 *
 * @throws {ShopError} BODY_INVALID on a NUL character, which no form sends and PostgreSQL refuses
 */
export function textField(body: unknown, name: string): string | undefined {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, name)) return undefined;
  const value: unknown = Reflect.get(body, name);
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return undefined;
  if (value.includes('\0')) throw new ShopError('BODY_INVALID');
  return value;
}

/** @throws {ShopError} PRODUCT_UNKNOWN: what is no id names no product */
export function productIdField(body: unknown): string {
  const text = textField(body, 'productId');
  if (text === undefined || !isProductId(text)) throw new ShopError('PRODUCT_UNKNOWN');
  return text;
}

/** A whole number of at most two digits. @throws {ShopError} QUANTITY_INVALID */
export function quantityField(body: unknown, least: 0 | 1, fallback?: number): number {
  const isAbsent = typeof body !== 'object' || body === null || !Object.hasOwn(body, 'quantity');
  if (isAbsent && fallback !== undefined) return fallback;
  const text = textField(body, 'quantity');
  if (text === undefined || !/^\d{1,2}$/.test(text) || Number(text) < least) throw new ShopError('QUANTITY_INVALID');
  return Number(text);
}
