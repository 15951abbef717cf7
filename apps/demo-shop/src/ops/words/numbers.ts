const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

export const count = (value: number): string => grouped.format(value);

/** For where there is little room. */
export const short = (value: number): string =>
  value < 1_000_000 ? count(value) : `${(value / 1_000_000).toFixed(1)} million`;

export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** A rate, with a decimal where it is small. */
export const rate = (value: number): string => (value > 0 && value < 10 ? value.toFixed(1) : count(value));

/** A number and its unit stay on one line. */
const SPACE = '\u00a0';

export const percent = (share: number): string => {
  const value = share * 100;
  const rounded = value > 0 && value < 1 ? `<${SPACE}1` : value > 99 && value < 100 ? `>${SPACE}99` : Math.round(value);
  return `${rounded}${SPACE}%`;
};

export const ms = (value: number): string => `${value < 100 ? value.toFixed(1) : count(value)}${SPACE}ms`;

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

export function bytes(value: number): string {
  const power = value < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log(value) / Math.log(1024)));
  return `${(value / 1024 ** power).toFixed(power === 0 ? 0 : 1)}${SPACE}${UNITS[power]}`;
}
