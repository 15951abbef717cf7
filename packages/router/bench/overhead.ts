// Prints what routing costs: on a real database beside the generated client, by itself over clients that cost nothing, and
// the chain alone. With --json as one JSON object; microseconds everywhere.
import { ofChain } from './of-chain.ts';
import { ofRouting, type Overhead } from './of-routing.ts';
import { overPostgres, type RealOperation } from './over-postgres.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const number = (value: number, width = 9, digits = 2): string => value.toFixed(digits).padStart(width);

function printTable(title: string, rows: readonly Overhead[]): void {
  print(`\n${title.padEnd(60)} processor µs`);
  for (const { call, processor } of rows) print(`${call.padEnd(60)} ${number(processor, 12)}`);
}

function printReal(rows: readonly RealOperation[]): void {
  print(`${'PostgreSQL, one after the other'.padEnd(34)} processor µs: bare, routed, more   wall µs: bare, routed`);
  for (const { operation, bare, routed } of rows) {
    const more = routed.processor - bare.processor;
    const costs = [bare.processor, routed.processor, more, bare.wall, routed.wall].map((cost) => number(cost, 11, 1));
    print(`${operation.padEnd(34)} ${costs.join(' ')}`);
  }
}

const real = await overPostgres(1_000);
const routing = await ofRouting(30_000);
const chain = ofChain(1_000_000);
if (process.argv.includes('--json')) print(JSON.stringify({ unit: 'µs', real, routing, chain }));
else {
  printReal(real);
  printTable('routing alone', routing);
  printTable('the chain alone', chain);
}
