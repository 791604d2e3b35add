/**
 * Delivery lanes against a bare loop of http.request and HMAC with bodies of the same size and no database, in the same run on
 * the same machine: the ratio is the figure, absolute rates belong to the machine. A durable database, the receiver in a
 * process of its own. Each rate is the median of rounds in which the bare loop and the lanes take turns.
 */
import { parseArgs } from "node:util";
import { openDatabase } from "../src/db/connect.ts";
import { arrivals } from "./delivery/arrivals.ts";
import type { Backlog, Cleared } from "./delivery/backlog.ts";
import { clearBacklog, peakOfServer } from "./delivery/backlog.ts";
import { bareArrivals, bareName, bareRate } from "./delivery/bare-loop.ts";
import { startEventSource } from "./delivery/event-source.ts";
import { startReceiver } from "./delivery/receiver-process.ts";
import { createCpuMeter } from "./measure/cpu.ts";
import { startBenchDatabase } from "./measure/database.ts";
import type { Baseline, Figure } from "./measure/figures.ts";
import { latencyFigures, percentile, printFigures } from "./measure/figures.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "3" },
    /** Old attempts in the tables for the last comparison. */
    history: { type: "string", default: "1000000" },
    seconds: { type: "string", default: "8" },
  },
});
const rounds = Number(values.rounds);
const history = Number(values.history);

const concurrency = 32;
const deliveries = 5000;
/** With the envelope around it a body has about 2 KB, or 20 KB. */
const sizes = { "2 KB": 1500, "20 KB": 19_500 } as const;
const envelopeBytes = 450;

const place = await startBenchDatabase();
const database = openDatabase(place.appUrl);
const source = await startEventSource(place.ownerUrl);
const receiver = await startReceiver();
const cpu = await createCpuMeter(place.ownerUrl);
const site = { database, source, receiver, cpu };

let tenants = 0;
const newTenant = (): string => `bench${(tenants += 1)}`;

interface Bare {
  readonly perSecond: number;
  readonly msEach: number;
}

async function bareRound(paddingBytes: number): Promise<Bare> {
  const bodyBytes = paddingBytes + envelopeBytes;
  const { value, processMs } = await cpu.during(() => bareRate(receiver, deliveries, concurrency, bodyBytes));
  return { perSecond: value, msEach: processMs / deliveries };
}

const median = (samples: readonly number[]): number => percentile(samples, 0.5);
const medianOf = <T>(samples: readonly T[], member: (sample: T) => number): number => median(samples.map(member));

function cost(name: string, ours: readonly Cleared[]): readonly Figure[] {
  const withDatabase = (one: Cleared): number => one.processMsEach + (one.databaseMsEach ?? Number.NaN);
  return [
    { figure: `${name}: CPU each, database included`, value: medianOf(ours, withDatabase), unit: "ms" },
    { figure: `${name}: statements each`, value: medianOf(ours, (one) => one.statementsEach), unit: "" },
  ];
}

/** Lanes and bare loop by turns. */
async function againstBare(name: string, backlog: Omit<Backlog, "tenant">): Promise<readonly Figure[]> {
  const bare: Bare[] = [];
  const ours: Cleared[] = [];
  for (let round = 0; round < rounds; round += 1) {
    bare.push(await bareRound(backlog.paddingBytes));
    ours.push(await clearBacklog(site, { ...backlog, tenant: newTenant() }));
  }
  const baseline = (member: (sample: Bare) => number): Baseline => ({ name: bareName, value: medianOf(bare, member) });
  return [
    {
      figure: `${name}: deliveries`,
      value: medianOf(ours, (one) => one.perSecond),
      unit: "/s",
      baseline: baseline((one) => one.perSecond),
    },
    {
      figure: `${name}: CPU each`,
      value: medianOf(ours, (one) => one.processMsEach),
      unit: "ms",
      baseline: baseline((one) => one.msEach),
    },
    ...cost(name, ours),
    {
      figure: `${name}: peak memory of the server`,
      value: await peakOfServer(site, { ...backlog, tenant: newTenant() }, place.appUrl),
      unit: "MB",
    },
  ];
}

/** The same healthy endpoints alone and beside hanging ones, by turns. */
async function besideHanging(endpoints: number, hanging: number): Promise<readonly Figure[]> {
  const backlog = { deliveries, endpoints, concurrency, paddingBytes: sizes["2 KB"] };
  const alone: Cleared[] = [];
  const beside: Cleared[] = [];
  for (let round = 0; round < rounds; round += 1) {
    alone.push(await clearBacklog(site, { ...backlog, tenant: newTenant() }));
    beside.push(await clearBacklog(site, { ...backlog, hanging, tenant: newTenant() }));
  }
  const steady = { endpoints, deliveriesPerSecond: 50, seconds: Number(values.seconds), paddingBytes: sizes["2 KB"] };
  const aloneMs = await arrivals(site, { ...steady, hanging: 0, tenant: newTenant() });
  const besideMs = await arrivals(site, { ...steady, hanging, tenant: newTenant() });
  const name = `${endpoints} healthy beside ${hanging} that hang`;
  return [
    {
      figure: `${name}: deliveries to the healthy`,
      value: medianOf(beside, (one) => one.perSecond),
      unit: "/s",
      baseline: { name: "the same alone", value: medianOf(alone, (one) => one.perSecond) },
    },
    ...latencyFigures(`${name}: commit to arrival at 50/s`, besideMs, { name: "the same alone", samples: aloneMs }),
  ];
}

/** One tenant whose tables grow old between the two measurements. */
async function withHistory(): Promise<readonly Figure[]> {
  const tenant = newTenant();
  const backlog: Backlog = { tenant, deliveries, endpoints: 20, concurrency, paddingBytes: sizes["2 KB"] };
  const measure = async (): Promise<readonly Cleared[]> => {
    const cleared: Cleared[] = [];
    for (let round = 0; round < rounds; round += 1) cleared.push(await clearBacklog(site, backlog));
    return cleared;
  };
  const fresh = await measure();
  await source.addHistory(tenant, history);
  const old = await measure();
  const name = `20 endpoints with ${history} old attempts`;
  const baseline = (member: (one: Cleared) => number): Baseline => ({
    name: "the same with empty tables",
    value: medianOf(fresh, member),
  });
  const figure = (what: string, unit: string, member: (one: Cleared) => number): Figure => ({
    figure: `${name}: ${what}`,
    value: medianOf(old, member),
    unit,
    baseline: baseline(member),
  });
  return [
    figure("deliveries", "/s", (one) => one.perSecond),
    figure("CPU of the database each", "ms", (one) => one.databaseMsEach ?? Number.NaN),
  ];
}

async function latencies(): Promise<readonly Figure[]> {
  const seconds = Number(values.seconds);
  const bare = await bareArrivals(receiver, 50 * seconds, 50);
  const steady = { endpoints: 1, hanging: 0, deliveriesPerSecond: 50, seconds, paddingBytes: sizes["2 KB"] };
  const ours = await arrivals(site, { ...steady, tenant: newTenant() });
  return latencyFigures("commit to arrival at 50/s", ours, { name: "a bare POST", samples: bare });
}

try {
  // Cold code would be measured else: the first thousands of requests run at a fraction of the later rate.
  await bareRound(sizes["2 KB"]);
  await clearBacklog(site, { tenant: newTenant(), deliveries, endpoints: 4, concurrency, paddingBytes: sizes["2 KB"] });
  const rates: Figure[] = [];
  for (const [size, paddingBytes] of Object.entries(sizes))
    for (const endpoints of [1, 20]) {
      const name = `${endpoints} endpoint${endpoints === 1 ? "" : "s"}, ${size}`;
      rates.push(...(await againstBare(name, { deliveries, endpoints, concurrency, paddingBytes })));
    }
  printFigures("delivery", [
    ...rates,
    ...(await latencies()),
    ...(await besideHanging(19, 1)),
    ...(await besideHanging(1, 19)),
    ...(await withHistory()),
  ]);
} finally {
  receiver.stop();
  await database.close();
  await source.close();
  await place.drop();
}
// Requests to endpoints that hang are still open.
process.exit(0);
