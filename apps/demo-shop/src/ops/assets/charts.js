// The charts: uPlot over the numbers of the last five minutes.
window.opsCharts = (() => {
  const KEPT = 300;
  const CHARTS = [
    {
      title: 'Reads a second, by who answers',
      lines: [
        ['readsCache', 'cache', '--cache'],
        ['readsOld', 'old', '--old'],
        ['readsNew', 'new', '--new'],
      ],
    },
    {
      title: 'Writes a second',
      lines: [
        ['writesOld', 'old', '--old'],
        ['writesNew', 'new', '--new'],
      ],
    },
    {
      title: 'Statements of the shop, ms',
      lines: [
        ['p50Old', 'old p50', '--old'],
        ['p99Old', 'old p99', '--old', true],
        ['p50New', 'new p50', '--new'],
        ['p99New', 'new p99', '--new', true],
      ],
    },
    {
      title: 'Changes to carry',
      lines: [
        ['lagOld', 'old → new', '--old'],
        ['lagNew', 'new → old', '--new'],
      ],
    },
    { title: 'Backfill, rows a second', lines: [['filled', 'copied', '--new']] },
    { title: 'Errors a second', lines: [['errors', 'errors', '--bad']] },
  ];

  const holder = document.getElementById('charts');
  const sync = window.uPlot.sync('ops');
  let series = [];
  let samples = [];
  let plots = [];

  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const short = (value) => {
    if (value == null) return '–';
    return Math.abs(value) < 10 && value % 1 !== 0 ? value.toFixed(1) : Math.round(value).toLocaleString('en');
  };

  const dataOf = ({ lines }) => [
    samples.map((sample) => sample[0]),
    ...lines.map(([name]) => samples.map((sample) => sample[1 + series.indexOf(name)] ?? null)),
  ];

  const options = ({ lines }, width) => ({
    width,
    height: 130,
    cursor: { sync: { key: sync.key }, points: { size: 6 } },
    legend: { show: false },
    scales: {
      x: {
        time: true,
        // Two minutes at least, so that the first seconds do not fill the whole width.
        range: (_plot, from, to) => {
          const end = to ?? Date.now() / 1_000;
          return [Math.min(from ?? end, end - 120), end];
        },
      },
      y: { range: (_plot, _from, to) => [0, Math.max(to ?? 0, 1) * 1.1] },
    },
    axes: [
      { stroke: color('--quiet'), grid: { show: false }, ticks: { show: false }, font: '11px system-ui', size: 22 },
      {
        stroke: color('--quiet'),
        grid: { stroke: color('--line'), width: 1 },
        ticks: { show: false },
        font: '11px system-ui',
        size: 40,
        values: (_plot, values) => values.map(short),
      },
    ],
    series: [
      {},
      ...lines.map(([, label, stroke, isDashed]) => ({
        label,
        stroke: color(stroke),
        width: 1.8,
        ...(isDashed && { dash: [4, 4] }),
        points: { show: false },
        spanGaps: false,
      })),
    ],
  });

  const build = () => {
    for (const { plot } of plots) plot.destroy();
    holder.replaceChildren();
    plots = CHARTS.map((chart) => {
      const figure = document.createElement('figure');
      const caption = document.createElement('figcaption');
      const title = document.createElement('b');
      title.textContent = chart.title;
      const keys = document.createElement('span');
      keys.className = 'keys';
      const values = chart.lines.map(([, label, stroke, isDashed]) => {
        const key = document.createElement('span');
        key.className = 'key';
        const mark = document.createElement('i');
        mark.className = `line ${stroke.slice(2)}${isDashed ? ' dashed' : ''}`;
        const value = document.createElement('b');
        key.append(mark, `${label} `, value);
        keys.append(key);
        return value;
      });
      caption.append(title, keys);
      const canvas = document.createElement('div');
      canvas.setAttribute('role', 'img');
      canvas.setAttribute('aria-label', `${chart.title}, over time; the latest values stand beside it`);
      figure.append(caption, canvas);
      holder.append(figure);
      const plot = new window.uPlot(options(chart, canvas.clientWidth || 300), dataOf(chart), canvas);
      return { chart, plot, canvas, values };
    });
    tell();
  };

  const tell = () => {
    const last = samples.at(-1);
    for (const { chart, values } of plots)
      chart.lines.forEach(([name], i) => {
        values[i].textContent = short(last?.[1 + series.indexOf(name)]);
      });
  };

  let resizing;
  new ResizeObserver(() => {
    cancelAnimationFrame(resizing);
    resizing = requestAnimationFrame(() => {
      for (const { plot, canvas } of plots)
        if (canvas.clientWidth > 0 && canvas.clientWidth !== plot.width)
          plot.setSize({ width: canvas.clientWidth, height: plot.height });
    });
  }).observe(holder);
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => plots.length > 0 && build());

  return {
    begin: (names, earlier) => {
      series = names;
      // After a lost connection: what was missed is filled in, what is known is kept.
      const from = earlier[0]?.[0] ?? Infinity;
      samples = [...samples.filter(([at]) => at < from), ...earlier].slice(-KEPT);
      if (plots.length === 0) build();
      else for (const { chart, plot } of plots) plot.setData(dataOf(chart));
      tell();
    },
    add: (sample) => {
      if (sample[0] <= (samples.at(-1)?.[0] ?? 0)) return;
      samples = [...samples, sample].slice(-KEPT);
      for (const { chart, plot } of plots) plot.setData(dataOf(chart));
      tell();
    },
  };
})();
