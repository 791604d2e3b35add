/**
 * The front door of a hospital whose FHIR server somebody else wrote: a SMART authorization server beside it, and a gateway
 * that passes on what comes with one of its tokens. What passes is written down, and can be held up or disturbed on its way.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { Request, Response } from "express";
import express from "express";
import type { SandboxClient } from "../../sandbox/auth/clients.ts";
import type { AuthServer } from "../../sandbox/auth/server.ts";
import { createAuthServer } from "../../sandbox/auth/server.ts";

/** One request that the server behind answered. */
export interface Passed {
  readonly method: string;
  /** Below the FHIR base, without the query. */
  readonly path: string;
  readonly query: string;
  readonly status: number;
  /** Of a write that was taken: the resource as it was sent. */
  readonly written?: string;
}

export interface Interception {
  readonly method: string;
  readonly path: RegExp;
  /** `before` the server behind has seen it, or `after` it answered and before anybody hears of that. */
  readonly at: "before" | "after";
  readonly act: (path: string) => Promise<void>;
}

export interface FrontDoor {
  /** Origin without a trailing slash. */
  readonly url: string;
  readonly fhirBaseUrl: string;
  readonly jwksUrl: string;
  readonly passed: readonly Passed[];
  readonly createLaunch: AuthServer["createLaunch"];
  readonly mintToken: AuthServer["mintToken"];
  /** The next request that matches is disturbed, once. */
  intercept(interception: Interception): void;
  close(): Promise<void>;
}

export interface FrontDoorOptions {
  /** Base of the server behind. */
  readonly behind: string;
  /** Its own authorization. */
  readonly authorization: string | undefined;
  readonly clients: readonly SandboxClient[];
  /** Of the keys that its hooks are signed with; published at `jwksUrl`. */
  readonly jwks: object;
}

const MAX_BODY = "32mb";
/** What a gateway hands on in each direction. */
const requestHeaders = ["accept", "content-type", "if-match", "if-none-exist", "if-none-match", "prefer"];
const answerHeaders = ["content-type", "etag", "last-modified", "location", "content-location", "retry-after"];

/** Opens it on a free port. */
export async function openFrontDoor(options: FrontDoorOptions): Promise<FrontDoor> {
  const app = express().disable("x-powered-by");
  const server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  // A server behind that computes in this process holds it up for seconds.
  server.keepAliveTimeout = 0;
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const url = `http://127.0.0.1:${address.port}`;
  const fhirBaseUrl = `${url}/fhir`;
  const jwksUrl = `${url}/jwks.json`;
  const auth = await createAuthServer({ issuer: `${url}/auth`, fhirBaseUrl, clients: options.clients });
  const passed: Passed[] = [];
  const interceptions: Interception[] = [];
  const disturb = async (at: Interception["at"], method: string, path: string): Promise<void> => {
    const index = interceptions.findIndex((one) => one.at === at && one.method === method && one.path.test(path));
    await interceptions.splice(index, index === -1 ? 0 : 1)[0]?.act(path);
  };
  app.use("/auth", auth.router);
  app.get("/jwks.json", (_request, response) => void response.json(options.jwks));
  app.get("/fhir/.well-known/smart-configuration", (_request, response) => void response.json(auth.smartConfiguration));
  const gateway = async (request: Request, response: Response): Promise<void> => {
    if (!(await isAuthorized(auth, request))) return void response.status(401).set("www-authenticate", "Bearer").end();
    const { method, path } = request;
    await disturb("before", method, path.slice(1));
    const answer = await passOn(request, options, fhirBaseUrl);
    const query = request.url.slice(path.length);
    const body: unknown = request.body;
    const isTaken = method !== "GET" && !path.endsWith("_search") && answer.status < 300 && typeof body === "string";
    passed.push({
      method,
      path: path.slice(1),
      query,
      status: answer.status,
      ...(isTaken ? { written: body } : {}),
    });
    await disturb("after", method, path.slice(1));
    send(response, answer);
  };
  app.use("/fhir", express.text({ type: () => true, limit: MAX_BODY }), (request, response) => {
    gateway(request, response).catch(() => void response.status(502).end());
  });
  return {
    url,
    fhirBaseUrl,
    jwksUrl,
    passed,
    createLaunch: auth.createLaunch,
    mintToken: auth.mintToken,
    intercept: (interception) => void interceptions.push(interception),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function isAuthorized(auth: AuthServer, request: Request): Promise<boolean> {
  // Whoever wants to know what the server can do needs no token (R4 http, capabilities).
  if (request.path === "/metadata") return true;
  const token = /^Bearer (.+)$/iu.exec(request.headers.authorization ?? "")?.[1];
  return token !== undefined && (await auth.verifyToken(token)) !== null;
}

interface BehindAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** The server behind names its resources by its own address: outside they have the door's, as behind any reverse proxy. */
async function passOn(request: Request, options: FrontDoorOptions, front: string): Promise<BehindAnswer> {
  const { behind, authorization } = options;
  const inward = (text: string): string => text.replaceAll(front, behind);
  const outward = (text: string): string => text.replaceAll(behind, front);
  const given = requestHeaders.flatMap((name) => {
    const value = request.headers[name];
    return typeof value === "string" ? [[name, inward(value)] as const] : [];
  });
  const body: unknown = request.body;
  const answer = await fetch(`${behind}${inward(request.url).replace(/^\/(?=\?|$)/u, "")}`, {
    method: request.method,
    headers: { ...Object.fromEntries(given), ...(authorization === undefined ? {} : { authorization }) },
    ...(typeof body === "string" && body !== "" ? { body: inward(body) } : {}),
  });
  const told = answerHeaders.flatMap((name) => {
    const value = answer.headers.get(name);
    return value === null ? [] : [[name, outward(value)] as const];
  });
  return { status: answer.status, headers: Object.fromEntries(told), text: outward(await answer.text()) };
}

function send(response: Response, { status, headers, text }: BehindAnswer): void {
  response.status(status).set(headers);
  if (text === "" || status === 204 || status === 304) response.end();
  else response.send(Buffer.from(text, "utf8"));
}
