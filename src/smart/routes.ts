/** /smart/launch and /smart/callback: by redirects where cookies come back, by pages of ours where a browser sends none. */
import type { Request, RequestHandler, Response, Router } from "express";
import express from "express";
import { z } from "zod";
import type { TenantConfig } from "../config/tenant-schema.ts";
import type { SmartDeps } from "./deps.ts";
import type { Redirect } from "./launch.ts";
import type { SmartSessions } from "./sessions.ts";
import { AdapterError, toAdapterError } from "../core/errors.ts";
import { parseOr400 } from "../core/request-shape.ts";
import { languageOf } from "../core/language/language.ts";
import { wordingOf } from "../core/language/wording.ts";
import { annotate } from "../http/annotations.ts";
import { jsonBody } from "../http/body.ts";
import { guardMethods } from "../http/method-guard.ts";
import { requestIdOf } from "../http/request-id.ts";
import { createTenantPlaces } from "../http/tenant-places.ts";
import { checkOrigin } from "./authorize-page.ts";
import { completeLaunch, openSession } from "./callback.ts";
import { parseProof, proofText, readCookie } from "./cookies.ts";
import { explanation, failurePage } from "./failure-page.ts";
import { beginLaunch, tenantOfIssuer } from "./launch.ts";
import { cookieIdOf } from "./secrets.ts";
import { spokenLanguage } from "./spoken-language.ts";

/** The query, each name once: a second `state` or `iss` is an attack, not a mistake (RFC 6749, 3.1). */
function queryOf(search: string): URLSearchParams {
  const query = new URL(search, "http://adapter.invalid").searchParams;
  for (const name of new Set(query.keys())) {
    if (query.getAll(name).length > 1) throw new AdapterError("parameter_invalid", { at: name.slice(0, 50) });
  }
  return query;
}

function required(query: URLSearchParams, name: string): string {
  const value = query.get(name) ?? "";
  if (value === "") throw new AdapterError("parameter_missing", { at: name });
  if (value.length > 4096) throw new AdapterError("parameter_invalid", { at: name });
  return value;
}

/** Origins that may frame the answers: a failure must be readable where the launch was framed. */
function frameAncestors(tenants: readonly TenantConfig[]): string {
  const origins = [...new Set(tenants.flatMap((tenant) => tenant.ehr.frameAncestors))];
  return origins.length === 0 ? "'none'" : origins.join(" ");
}

function redirect(response: Response, { location, cookies }: Redirect): void {
  response
    .status(303)
    .append("Set-Cookie", [...cookies])
    .set("Location", location)
    .end();
}

function languageOfLaunch(deps: SmartDeps, request: Request): string {
  const { iss, state } = request.query;
  const [cookie, body, accepted] = [request.get("cookie"), request.body as unknown, request.acceptsLanguages()];
  return spokenLanguage(deps, { iss, state, cookie, body, accepted });
}

/** A person gets a page, a program the error of the route family. */
function withFailurePage(
  deps: SmartDeps,
  work: (request: Request, response: Response) => Promise<void>,
): RequestHandler {
  return async (request, response, next) => {
    response.set({
      "Referrer-Policy": "no-referrer",
      "Content-Security-Policy": `default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors ${frameAncestors(deps.tenants())}`,
    });
    try {
      await work(request, response);
    } catch (thrown) {
      const error = toAdapterError(thrown);
      annotate(response, { code: error.code, detail: error.detail });
      if (error.status >= 500) deps.onError?.(thrown);
      if (request.accepts(["json", "html"]) === "html")
        response
          .status(error.status)
          .type("html")
          .send(failurePage(error, requestIdOf(response), deps.pages.stylesheet, languageOfLaunch(deps, request)));
      else next(error);
    }
  };
}

/** Whether a browser is loading a document: only there a script can keep what its cookies may not. */
function isPageLoad(request: Request): boolean {
  return request.get("sec-fetch-mode") === "navigate" && request.accepts(["json", "html"]) === "html";
}

function sendPage(response: Response, policy: string, ancestors: string, html: string): void {
  response.set("Content-Security-Policy", `${policy}; frame-ancestors ${ancestors}`).type("html").send(html);
}

/** Whose launch it was only the tab knows: its proof has not come back yet. */
const finishing = (deps: SmartDeps, request: Request, tabId: string): string =>
  deps.pages.finish(tabId, languageOfLaunch(deps, request));

/** What the finishing page's script sends: the callback's query, and the proof from its tab. */
const broughtBack = z.object({ query: z.string().max(16_384).startsWith("?"), proof: z.string().max(200) });

/** The page's script shows the explanation to the person. */
function withExplanation(
  deps: SmartDeps,
  work: (request: Request, response: Response) => Promise<void>,
): RequestHandler {
  return async (request, response) => {
    try {
      await work(request, response);
    } catch (thrown) {
      const error = toAdapterError(thrown);
      annotate(response, { code: error.code, detail: error.detail });
      if (error.status >= 500) deps.onError?.(thrown);
      const words = wordingOf(languageOf(languageOfLaunch(deps, request)));
      response
        .status(error.status)
        .json({ error: error.code, explanation: explanation(error, words), requestId: requestIdOf(response) });
    }
  };
}

/**
 * Launches of one hospital that may be asking its EHR for its discovery document at a time. Anybody may send a launch: we
 * must not become a flood of the EHR, nor one hospital's flood the wait of another.
 */
const MOST_LAUNCHES = 32;

export function createSmartRouter(deps: SmartDeps, sessions: SmartSessions): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  const places = createTenantPlaces(() => MOST_LAUNCHES);
  router.get(
    "/smart/launch",
    withFailurePage(deps, async (request, response) => {
      const query = queryOf(request.originalUrl);
      const launch = query.get("launch");
      const asked = { iss: required(query, "iss"), ...(launch === null ? {} : { launch: required(query, "launch") }) };
      const leave = places.enter(tenantOfIssuer(deps, asked.iss).id);
      const begun = await beginLaunch(deps, asked, request.get("cookie")).finally(leave);
      if (!isPageLoad(request)) return redirect(response, begun);
      response.append("Set-Cookie", [...begun.cookies]);
      const { pages } = deps;
      const page = pages.begin({ ...begun, lang: begun.tenant.language });
      sendPage(response, pages.policy(begun.request), frameAncestors([begun.tenant]), page);
    }),
  );
  router.get(
    "/smart/callback",
    withFailurePage(deps, async (request, response) => {
      const query = queryOf(request.originalUrl);
      const tabId = cookieIdOf(required(query, "state"));
      const cookie = request.get("cookie");
      if (isPageLoad(request) && readCookie(cookie, "launch", tabId) === undefined)
        sendPage(response, deps.pages.policy(), frameAncestors(deps.tenants()), finishing(deps, request, tabId));
      else redirect(response, await completeLaunch(deps, sessions, query, cookie));
    }),
  );
  router.post(
    "/smart/callback",
    ...jsonBody({ limitBytes: 32_768 }),
    withExplanation(deps, async (request, response) => {
      checkOrigin(request.headers, deps.publicUrl);
      const { query, proof } = parseOr400(broughtBack, request.body, "body");
      const opened = await openSession(deps, sessions, queryOf(query), parseProof(proof));
      const { launch, tenant } = opened;
      response.json({ launch, page: `/app/${launch}/?tenant=${tenant}`, session: proofText(opened) });
    }),
  );
  return guardMethods(router);
}
