/** A sandbox EHR behind a front that can change, hold back or invent any answer; and a server for whatever else is asked. */
import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { SandboxEhr, SandboxEhrOptions } from "../../sandbox/ehr.ts";
import { startEhr } from "./sandbox-ehr.ts";

/** An answer on its way to whoever asked. */
export interface Passing {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON, or undefined without a body. */
  readonly body: unknown;
}

/** A request as it reached the front. */
export interface Arrived {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Returns another answer, the same, or "hang" for none at all. */
export type Tamper = (request: Arrived, answer: Passing) => Passing | "hang";

export interface TamperedEhr {
  readonly ehr: SandboxEhr;
  readonly fhirBaseUrl: string;
  readonly url: string;
  readonly arrived: Arrived[];
  tamper: Tamper;
  close(): Promise<void>;
}

export async function listenLocally(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `http://127.0.0.1:${address.port}`;
}

/** Nobody listens there; a moment ago, at least. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const url = await listenLocally(server);
  server.close();
  await once(server, "close");
  return Number(new URL(url).port);
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function send(response: ServerResponse, { status, headers, body }: Passing): void {
  const text = body === undefined ? "" : JSON.stringify(body);
  response.writeHead(status, { ...headers, "content-length": String(Buffer.byteLength(text)) }).end(text);
}

/** Starts both. Every address in the EHR's own documents is the front's. */
export async function startTamperedEhr(
  options: (frontUrl: string) => SandboxEhrOptions | Promise<SandboxEhrOptions>,
): Promise<TamperedEhr> {
  const server = createServer((request, response) => void pass(request, response));
  const url = await listenLocally(server);
  const port = await freePort();
  const ehr = await startEhr({ ...(await options(url)), publicUrl: url, port });
  const behind = `http://127.0.0.1:${port}`;
  const arrived: Arrived[] = [];

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", url: path = "/", headers } = request;
    const seen: Arrived = { method, path, headers, body: await textOf(request) };
    arrived.push(seen);
    const sent = new Headers();
    for (const name of ["accept", "content-type", "authorization", "if-none-exist", "if-match"]) {
      const value = headers[name];
      if (typeof value === "string") sent.set(name, value);
    }
    const answer = await fetch(`${behind}${path}`, {
      method,
      headers: sent,
      redirect: "manual",
      ...(method === "GET" || method === "HEAD" ? {} : { body: seen.body }),
    });
    const text = await answer.text();
    const { "content-length": _length, "transfer-encoding": _coding, ...kept } = Object.fromEntries(answer.headers);
    const passing = { status: answer.status, headers: kept, body: text === "" ? undefined : parsed(text) };
    const outcome = bed.tamper(seen, passing);
    if (outcome !== "hang") send(response, outcome);
  }

  const bed: TamperedEhr = {
    ehr,
    url,
    fhirBaseUrl: ehr.fhirBaseUrl,
    arrived,
    tamper: (_request, answer) => answer,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await ehr.close();
    },
  };
  return bed;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
