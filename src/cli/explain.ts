/** `handover explain`: one delivery's whole life, or the deliveries of an event or a job. */
import { z } from "zod";
import type { Options } from "./command.ts";
import { textOf } from "./command.ts";
import { standingOf } from "./explain/standing.ts";
import { deliveryTable, lifeText } from "./explain/text.ts";
import type { Io } from "./io.ts";
import { exitCodes } from "./io.ts";
import type { RemoteAdapter } from "./remote/adapter.ts";
import { readAll, remoteAdapter } from "./remote/adapter.ts";
import { connectionOf } from "./remote/connection.ts";
import { RemoteFailure } from "./remote/failure.ts";
import type { RemoteDelivery, RemoteEndpoint, RemoteLife } from "./remote/shapes.ts";
import { deliveryShape, endpointShape, lifeShape, pageOf } from "./remote/shapes.ts";

const isDelivery = (what: string): boolean => /^[A-Za-z0-9._-]{1,128}:\d{1,18}$/u.test(what);

/** Undefined where the adapter says that there is none: a life can be told without it. */
async function ifThere<T>(read: Promise<T>): Promise<T | undefined> {
  return read.catch((thrown: unknown) => {
    if (thrown instanceof RemoteFailure && (thrown.parts.status === 404 || thrown.parts.status === 403))
      return undefined;
    throw thrown;
  });
}

const eventsShape = z.looseObject({ events: z.array(z.looseObject({ id: z.string(), time: z.string() })) });

/** When the event happened; only jobs' logs can be read by their number. */
async function eventTime(
  adapter: RemoteAdapter,
  { subject, sequence, event }: RemoteDelivery,
): Promise<string | undefined> {
  const job = /^job\/(.+)$/u.exec(subject)?.[1];
  if (job === undefined) return undefined;
  const query = { after: sequence - 1, limit: 1 };
  const found = await ifThere(
    adapter.read("GET", `/v1/jobs/${encodeURIComponent(job)}/events`, eventsShape, { query }),
  );
  return found?.events.find(({ id }) => id === event)?.time;
}

async function explainOne(adapter: RemoteAdapter, name: string, options: Options, io: Io): Promise<number> {
  const life: RemoteLife = await adapter.read("GET", `/v1/deliveries/${encodeURIComponent(name)}`, lifeShape);
  const [endpoint, at]: [RemoteEndpoint | undefined, string | undefined] = await Promise.all([
    ifThere(adapter.read("GET", `/v1/endpoints/${encodeURIComponent(life.endpoint)}`, endpointShape)),
    eventTime(adapter, life),
  ]);
  const standing = standingOf(life, endpoint, Date.now());
  if (options["json"] === true) {
    const told = { delivery: life, endpoint: endpoint ?? null, eventAt: at ?? null, standing };
    io.stdout(`${JSON.stringify(told, undefined, 2)}\n`);
  } else io.stdout(lifeText(life, endpoint, standing, at));
  return exitCodes.ok;
}

const nobody =
  "Nobody was owed this: no endpoint asked for its type when it happened, or there is no such event or job in this tenant.\n" +
  "`handover endpoint list` shows who asks for what; `handover endpoint recover ID --since TIME --only missing` makes up for it.\n";

/** Exit code 1 where nobody was owed what was named. */
export async function explain(what: string, options: Options, io: Io): Promise<number> {
  const adapter = remoteAdapter(connectionOf(options));
  if (isDelivery(what)) return explainOne(adapter, what, options, io);
  const of = what.startsWith("evt_") ? { event: what } : { subject: what };
  const query = { ...of, endpoint: textOf(options, "endpoint"), limit: 200 };
  const deliveries = await readAll(adapter, "/v1/deliveries", pageOf(deliveryShape), query);
  const [only] = deliveries;
  if (only !== undefined && deliveries.length === 1) return explainOne(adapter, only.id, options, io);
  if (options["json"] === true) io.stdout(`${JSON.stringify({ deliveries }, undefined, 2)}\n`);
  else if (only === undefined) io.stderr(nobody);
  else io.stdout(`${deliveryTable(deliveries)}\n\`handover explain DELIVERY\` tells one's whole life.\n`);
  return only === undefined ? exitCodes.failed : exitCodes.ok;
}
