const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

export const count = (value: number): string => grouped.format(value);

export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** A rate, with a decimal where it is small. */
export const rate = (value: number): string => (value > 0 && value < 10 ? value.toFixed(1) : count(value));

export const percent = (share: number): string => {
  const value = share * 100;
  if (value > 0 && value < 1) return '< 1 %';
  return `${value > 99 && value < 100 ? '> 99' : Math.round(value)} %`;
};

export const ms = (value: number): string => (value < 100 ? `${value.toFixed(1)} ms` : `${count(value)} ms`);

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

export function bytes(value: number): string {
  const power = value < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log(value) / Math.log(1024)));
  return `${(value / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${UNITS[power]}`;
}
