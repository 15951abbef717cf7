import { readFileSync } from 'node:fs';
import path from 'node:path';
import { shopMetrics } from '../src/telemetry/shop-metrics.ts';

const read = (file: string): string => readFileSync(path.join(__dirname, '../../..', file), 'utf8');
const operations = read('docs/operations.md');

it('the metrics of the documentation are those that there are, with their types, labels and meanings', async () => {
  const metrics = shopMetrics();
  metrics.gauges({
    pools: {},
    flags: async () => ({ migrationFlag: false, newDbRouterFlag: false }),
    isMoving: () => false,
    highestEpoch: () => 0,
    version: '0.1.0',
  });
  const { registry } = metrics;
  const labelsOf = (name: string): readonly string[] =>
    (registry.getSingleMetric(name) as unknown as { labelNames: string[] }).labelNames;
  const rows = (await registry.getMetricsAsJSON())
    .filter(({ name }) => name.startsWith('shop_'))
    .map(({ name, type, help }) => [
      name,
      String(type),
      labelsOf(name)
        .map((label) => `\`${label}\``)
        .join(', '),
      help,
    ]);
  const documented = [...operations.matchAll(/^\| `(shop_\w+)` *\| (\w+) *\| (.*?) *\| (.*?) *\|$/gm)].map((match) =>
    match.slice(1),
  );
  expect(rows.length).toBeGreaterThan(15);
  expect(documented).toEqual(rows);
});

it('every variable that the shop reads is in the documentation, and no other', () => {
  const named = (text: string, pattern: RegExp): string[] =>
    [...new Set([...text.matchAll(pattern)].map(([, name = '']) => name))].sort();
  const [, table = ''] = /## Environment\n([^]*?)\n## /.exec(operations) ?? [];
  const firstColumn = table.replace(/^(\|[^|]*\|).*$/gm, '$1');
  const variables = named(read('apps/demo-shop/src/config.ts'), /^ {2}([A-Z][A-Z_]+): /gm);
  expect(variables.length).toBeGreaterThan(20);
  expect(named(firstColumn, /`([A-Z_]+)`/g)).toEqual(variables);
});
