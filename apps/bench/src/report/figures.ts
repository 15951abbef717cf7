/** A number for a reader: three digits that mean something, thousands apart; a dash for what could not be told. */
export function figure(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '–';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  const text = value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return text === '-0.00' ? '0.00' : text;
}

export const megabytes = (bytes: number): string => `${figure(bytes / 1e6)} MB`;
export const percent = (part: number): string => `${figure(part * 100)} %`;
