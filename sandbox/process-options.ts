/** The command line of the sandbox as a process of its own. */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { z } from "zod";
import { loadChartFile, loadCharts } from "./charts/load.ts";
import type { SandboxOptions } from "./main.ts";

export const USAGE = `usage: node sandbox/main.ts --adapter URL [options]

  --port N, --receiver-port N, --notification-port N, --model-port N   default: any free port
  --host ADDRESS             to listen on; default 127.0.0.1
  --public-url URL           the EHR's origin as browsers and the adapter see it
  --clients FILE             the adapter's registrations, a JSON array
  --webhook-secret whsec_... and --webhook-secret-file FILE
  --chart FILE               a Bundle to begin the list of patients with; may be repeated

Prints one line of JSON with the addresses, then runs until it is stopped.`;

const port = z.coerce.number().int().min(0).max(65_535);

const values = z.object({
  adapter: z.string(),
  host: z.string().optional(),
  port: port.optional(),
  "receiver-port": port.optional(),
  "notification-port": port.optional(),
  "model-port": port.optional(),
  "public-url": z.string().optional(),
  clients: z.string().optional(),
  chart: z.array(z.string()).default([]),
  "webhook-secret": z.array(z.string()).default([]),
  "webhook-secret-file": z.array(z.string()).default([]),
});
type Values = z.infer<typeof values>;

const one = { type: "string" } as const;
const many = { type: "string", multiple: true } as const;
const declared = {
  adapter: one,
  host: one,
  port: one,
  "receiver-port": one,
  "notification-port": one,
  "model-port": one,
  "public-url": one,
  clients: one,
  chart: many,
  "webhook-secret": many,
  "webhook-secret-file": many,
  help: { type: "boolean" },
} as const;

/** Undefined where help is wanted or the adapter's address is missing. Throws on an unknown option or an unreadable file. */
export async function readProcessOptions(args?: string[]): Promise<SandboxOptions | undefined> {
  const given = parseArgs({ options: declared, ...(args === undefined ? {} : { args }) }).values;
  if (given.help === true || given.adapter === undefined) return undefined;
  return toOptions(values.parse(given));
}

/** An option that is absent stays absent: the sandbox has defaults of its own. */
async function toOptions(given: Values): Promise<SandboxOptions> {
  const brought = await Promise.all(given.chart.map(loadChartFile));
  const secrets = [...given["webhook-secret"], ...(await Promise.all(given["webhook-secret-file"].map(readSecret)))];
  const { host, port: ehrPort, "public-url": publicUrl } = given;
  return {
    adapterUrl: given.adapter,
    ports: { receiver: given["receiver-port"], subscription: given["notification-port"], model: given["model-port"] },
    ...(host === undefined ? {} : { host }),
    ...(ehrPort === undefined ? {} : { port: ehrPort }),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    ...(given.clients === undefined ? {} : { clients: await readClients(given.clients) }),
    ...(secrets.length === 0 ? {} : { webhookSecrets: secrets }),
    ...(brought.length === 0 ? {} : { charts: [...brought, ...loadCharts()] }),
  };
}

async function readSecret(path: string): Promise<string> {
  return (await readFile(path, "utf8")).trim();
}

const client = z.strictObject({
  clientId: z.string(),
  redirectUris: z.array(z.string()).default([]),
  auth: z.enum(["private_key_jwt", "public"]),
  jwksUri: z.string(),
  scopes: z.string(),
});

async function readClients(path: string): Promise<readonly z.infer<typeof client>[]> {
  return z.array(client).parse(JSON.parse(await readFile(path, "utf8")));
}
