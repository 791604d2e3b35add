/** sekmet-fhir (PyPI), a FHIR R4 server and test runner of other authors, as a process of its own in a folder of its own. */
import type { ChildProcess } from "node:child_process";
import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

export interface Sekmet {
  readonly version: string;
  /** Origin without a trailing slash. */
  readonly url: string;
  readonly fhirBaseUrl: string;
  /** Of the server, for whoever stands behind the hospital's front door. */
  readonly authorization: string;
  /** Runs one of its commands beside the server, on the server's store. Resolves with what it wrote, whatever its exit code. */
  command(...args: readonly string[]): Promise<{ readonly code: number; readonly output: string }>;
  stop(): Promise<void>;
}

export interface SekmetOptions {
  readonly port: number;
  /** Its token server's client that publishes its keys there. */
  readonly backendClient: { readonly clientId: string; readonly jwksUrl: string; readonly scopes: string };
  /** Servers that its scenario runner knows by name: here ours, with the key of one tenant each. */
  /** Whether it answers with absolute references, as some servers do, where a chart was loaded with relative ones. */
  readonly absoluteReferences: boolean;
  readonly peers: Readonly<Record<string, { readonly baseUrl: string; readonly token: string }>>;
}

/** Two of the topics that it has by itself. */
export const sekmetTopics = {
  discharge: "http://sekmet.dev/fhir/SubscriptionTopic/encounter-complete",
  chart: "http://sekmet.dev/fhir/SubscriptionTopic/diagnosticreport-final",
} as const;

const program = process.env["SEKMET"] ?? "sekmet";
const START_LIMIT_MS = 60_000;
const COMMAND_LIMIT_MS = 180_000;
const STATIC_TOKEN = "peer-run-static-token";

/** `SEKMET 0.1.1`; undefined where it is not installed. */
export function sekmetVersion(): string | undefined {
  const { status, stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/** YAML takes JSON. */
function settingsOf({ port, backendClient, absoluteReferences, peers }: SekmetOptions): string {
  const url = `http://127.0.0.1:${port}`;
  const known = Object.entries(peers).map(([name, { baseUrl, token }]) => {
    return [name, { base_url: baseUrl, auth: { type: "bearer", token } }] as const;
  });
  return JSON.stringify({
    base_url: `${url}/fhir`,
    public_url: url,
    host: "127.0.0.1",
    port,
    server_auth: {
      types: ["bearer", "smart"],
      tokens: [STATIC_TOKEN],
      smart_clients: [
        { client_id: backendClient.clientId, jwks_url: backendClient.jwksUrl, scopes: backendClient.scopes },
      ],
    },
    server_behaviour: { absolute_references: absoluteReferences },
    // It plays laboratory and pharmacy by itself, and would add to the charts.
    simulator: { enabled: false },
    peers: Object.fromEntries(known),
  });
}

/** Starts it and resolves once it answers. */
export async function startSekmet(options: SekmetOptions): Promise<Sekmet> {
  const folder = await mkdtemp(join(tmpdir(), "handover-peer-"));
  await writeFile(join(folder, "settings.yaml"), settingsOf(options));
  const url = `http://127.0.0.1:${options.port}`;
  const server = spawn(program, ["serve", "--host", "127.0.0.1", "--port", String(options.port)], {
    cwd: folder,
    stdio: ["ignore", "ignore", "ignore"],
  });
  const stop = async (): Promise<void> => {
    await end(server);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilAnswers(server, `${url}/fhir/metadata`);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    version: sekmetVersion() ?? "sekmet",
    url,
    fhirBaseUrl: `${url}/fhir`,
    authorization: `Bearer ${STATIC_TOKEN}`,
    command: (...args) => runIn(folder, args),
    stop,
  };
}

async function untilAnswers(server: ChildProcess, url: string): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS;
  while (performance.now() < deadline && server.exitCode === null) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok === true) return;
    await delay(100);
  }
  throw new Error("sekmet did not start");
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const ended = new Promise((resolve) => server.once("close", resolve));
  server.kill("SIGTERM");
  const killing = setTimeout(() => server.kill("SIGKILL"), 5_000);
  await ended;
  clearTimeout(killing);
}

async function runIn(folder: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  const child = spawn(program, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"], timeout: COMMAND_LIMIT_MS });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  const code = await new Promise<number>((resolve) => child.once("close", (exit) => resolve(exit ?? 1)));
  return { code, output };
}
