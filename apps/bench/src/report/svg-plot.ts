export interface Line {
  readonly label: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** A panel: lines over x, which is logarithmic and marked where there are points; y begins at zero. */
export interface Panel {
  readonly title: string;
  readonly xLabel: string;
  readonly lines: readonly Line[];
}

const WIDTH = 360;
const HEIGHT = 240;
const MARGIN = { left: 56, right: 96, top: 34, bottom: 44 } as const;
/** To be told apart also by those who do not see all colours. */
const COLORS = ['#0b62a4', '#c2540a', '#3d7a3d'] as const;
const TEXT = 'font-family="system-ui, sans-serif" font-size="11" fill="#333"';

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

const short = (value: number): string =>
  value >= 1e6
    ? `${value / 1e6} million`
    : value >= 1e4
      ? `${value / 1e3} thousand`
      : value.toLocaleString('en', { maximumSignificantDigits: 3 });

/** The next of 1, 2, 5, 10, 20 … above. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}

function renderPanel({ title, xLabel, lines }: Panel): string {
  const points = lines.flatMap((line) => line.points);
  const xs = [...new Set(points.map(([x]) => x))].sort((a, b) => a - b);
  const [first = 1, last = 10] = [xs[0], xs.at(-1)];
  const top = roundUp(Math.max(...points.map(([, y]) => y), 1e-9));
  const [width, height] = [WIDTH - MARGIN.left - MARGIN.right, HEIGHT - MARGIN.top - MARGIN.bottom];
  const x = (value: number): number =>
    MARGIN.left + (last === first ? width / 2 : (Math.log(value / first) / Math.log(last / first)) * width);
  const y = (value: number): number => MARGIN.top + height * (1 - value / top);
  const at = (value: number): string => value.toFixed(1);

  const grid = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const level = at(y(top * part));
    return (
      `<line x1="${MARGIN.left}" x2="${at(MARGIN.left + width)}" y1="${level}" y2="${level}" stroke="#ddd"/>` +
      `<text x="${MARGIN.left - 6}" y="${level}" dy="4" text-anchor="end" ${TEXT}>${short(top * part)}</text>`
    );
  });
  const marks = xs.map(
    (value) =>
      `<text x="${at(x(value))}" y="${HEIGHT - MARGIN.bottom + 16}" text-anchor="middle" ${TEXT}>${short(value)}</text>`,
  );
  // Labels at the ends of lines, far enough from each other to be read.
  const ends = lines
    .map(({ label, points: own }, index) => ({
      label,
      color: COLORS[index % COLORS.length],
      y: y(own.at(-1)?.[1] ?? 0),
    }))
    .sort((a, b) => a.y - b.y);
  for (const [index, end] of ends.entries()) end.y = Math.max(end.y, (ends[index - 1]?.y ?? -Infinity) + 14);
  const drawn = lines.map(({ points: own }, index) => {
    const color = COLORS[index % COLORS.length];
    const path = own.map(([px, py]) => `${at(x(px))},${at(y(py))}`).join(' ');
    const dots = own.map(([px, py]) => `<circle cx="${at(x(px))}" cy="${at(y(py))}" r="3" fill="${color}"/>`).join('');
    return `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2"/>${dots}`;
  });
  const labels = ends.map(
    ({ label, color, y: level }) =>
      `<text x="${at(MARGIN.left + width + 8)}" y="${at(level)}" dy="4" ${TEXT.replace('#333', color ?? '#333')}>${escape(label)}</text>`,
  );
  return [
    `<text x="${MARGIN.left}" y="18" ${TEXT} font-weight="600">${escape(title)}</text>`,
    ...grid,
    ...marks,
    `<text x="${at(MARGIN.left + width / 2)}" y="${HEIGHT - 8}" text-anchor="middle" ${TEXT}>${escape(xLabel)}</text>`,
    ...drawn,
    ...labels,
  ].join('\n');
}

/** Panels in two columns, on white. */
export function renderSvg(title: string, panels: readonly Panel[]): string {
  const [width, height] = [WIDTH * Math.min(2, panels.length), HEIGHT * Math.ceil(panels.length / 2)];
  const placed = panels.map(
    (panel, index) =>
      `<g transform="translate(${(index % 2) * WIDTH}, ${Math.floor(index / 2) * HEIGHT})">\n${renderPanel(panel)}\n</g>`,
  );
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">\n` +
    `<title>${escape(title)}</title>\n<rect width="100%" height="100%" fill="#fff"/>\n${placed.join('\n')}\n</svg>\n`
  );
}
