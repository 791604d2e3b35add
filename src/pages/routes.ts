/** /app/...: the draft page, what it asks for, its assets, and the landing page of tickets. */
import type { Request, Response, Router } from "express";
import express from "express";
import type { TenantConfig } from "../config/tenant-schema.ts";
import type { Job } from "../jobs/jobs.ts";
import type { PageSession } from "../smart/authorize-page.ts";
import type { Assets } from "./assets.ts";
import type { PageDeps } from "./deps.ts";
import { AdapterError } from "../core/errors.ts";
import { maySee } from "../core/access/principal.ts";
import { languages } from "../core/language/language.ts";
import { annotate } from "../http/annotations.ts";
import { guardMethods } from "../http/method-guard.ts";
import { assetOf, loadAssets } from "./assets.ts";
import { pageHeaders } from "./policy.ts";
import { pageContext } from "./context.ts";
import { citedResource } from "./evidence.ts";
import type { PageFrame } from "./page-html.ts";
import { frameOf } from "./page-frame.ts";
import { documentOverPage, draftPage, sessionOverPage } from "./page-html.ts";
import { TicketRoutes } from "./routes/tickets.ts";

interface Visit {
  readonly session: PageSession;
  readonly tenant: TenantConfig;
}

class PageRoutes {
  readonly #deps: PageDeps;
  readonly #assets: Assets;

  constructor(deps: PageDeps, assets: Assets) {
    this.#deps = deps;
    this.#assets = assets;
  }

  #tenant(id: string | undefined): TenantConfig | undefined {
    return this.#deps.tenants().find((tenant) => tenant.id === id);
  }

  #frame(tenant: TenantConfig | undefined, request: Request): PageFrame {
    return frameOf(this.#assets, tenant, this.#deps.tenants(), request.acceptsLanguages());
  }

  /** The session behind `/app/{launch}/`, by that launch's cookie or its tab's header. */
  async #visit(request: Request, response: Response): Promise<Visit | undefined> {
    const session = await this.#deps.pageSessions.ofRequest(String(request.params["launch"]), request.headers);
    const tenant = this.#tenant(session?.principal.tenant);
    if (session === undefined || tenant === undefined) return undefined;
    annotate(response, { tenant: tenant.id });
    return { session, tenant };
  }

  /** As `#visit`, for the script's calls: their origin and CSRF token are checked, and 401 is the answer to none. */
  async #call(request: Request, response: Response): Promise<Visit> {
    const headers = { ...request.headers, "x-handover-launch": String(request.params["launch"]) };
    await this.#deps.pageSessions.authorize({ method: request.method, headers });
    const visit = await this.#visit(request, response);
    if (visit === undefined) throw new AdapterError("unauthenticated", { detail: "session.unknown" });
    return visit;
  }

  readonly page = async (request: Request, response: Response): Promise<void> => {
    const visit = await this.#visit(request, response);
    // A tab that keeps its session itself cannot send it with the load of a page. The shell holds nothing about anybody, and
    // the address names the tenant only to say who may frame it.
    const { tenant } = request.query;
    const ofTab = typeof tenant === "string" ? this.#tenant(tenant) : undefined;
    if (visit === undefined && ofTab !== undefined) {
      response
        .set(pageHeaders(ofTab))
        .type("html")
        .send(draftPage(this.#frame(ofTab, request)));
      return;
    }
    const known =
      visit?.tenant ??
      this.#tenant(this.#deps.pageSessions.tenantOf(String(request.params["launch"]), request.get("cookie")));
    response.set(pageHeaders(known)).type("html");
    if (visit === undefined) response.status(401).send(sessionOverPage(this.#frame(known, request)));
    else response.send(draftPage(this.#frame(known, request)));
  };

  readonly context = async (request: Request, response: Response): Promise<void> => {
    const { session, tenant } = await this.#call(request, response);
    response.set("Cache-Control", "no-store").json(await pageContext(this.#deps, tenant, session));
  };

  /** The EHR's look, as far as the page takes it over; 204 where it names none or cannot show it. */
  readonly style = async (request: Request, response: Response): Promise<void> => {
    const { session, tenant } = await this.#call(request, response);
    const url = session.smart?.styleUrl;
    const style = url === undefined ? undefined : await this.#deps.styles.of(tenant, url);
    response.set("Cache-Control", "no-store");
    if (style === undefined) response.status(204).end();
    else response.json({ scheme: style.scheme, properties: style.properties });
  };

  readonly evidence = async (request: Request, response: Response): Promise<void> => {
    const { session, tenant } = await this.#call(request, response);
    const { job, reference } = request.query;
    if (typeof job !== "string" || typeof reference !== "string")
      throw new AdapterError("parameter_missing", { at: typeof job === "string" ? "reference" : "job" });
    response
      .set("Cache-Control", "no-store")
      .json(await citedResource(this.#deps, tenant, session, { job, reference }));
  };

  /** Reads the chart of a job that waits for this launch. Answers once that has ended; it goes on if the page leaves. */
  readonly chart = async (request: Request, response: Response): Promise<void> => {
    const { session, tenant } = await this.#call(request, response);
    const context = await pageJob(this.#deps, tenant.id, session);
    const chart =
      session.smart === undefined || context === undefined
        ? "not-needed"
        : await this.#deps.charts.bring(session.smart, context);
    response.set("Cache-Control", "no-store").json({ chart });
  };

  readonly activity = async (request: Request, response: Response): Promise<void> => {
    const { session, tenant } = await this.#call(request, response);
    if (session.smart !== undefined) await this.#deps.sessions.touch(tenant.id, session.smart.launch);
    response.status(204).end();
  };

  /** Signs out: the session, its cookie, and the tokens at the EHR. */
  readonly end = async (request: Request, response: Response): Promise<void> => {
    const { session, tenant } = await this.#call(request, response);
    const launch = String(request.params["launch"]);
    if (session.smart !== undefined) await this.#deps.sessions.end(tenant.id, session.smart.launch);
    response.append("Set-Cookie", this.#deps.pageSessions.endedCookie(launch)).status(204).end();
  };

  /**
   * The document as plain text, for reading and copying: opened by a link, so it is known by the cookie alone, or by a
   * ticket in its address where the tab keeps the session.
   */
  readonly document = async (request: Request, response: Response): Promise<void> => {
    const { job, ticket } = request.query;
    if (typeof ticket === "string") return this.#documentByTicket(ticket, request, response);
    const visit = await this.#visit(request, response);
    if (visit === undefined) return this.page(request, response);
    const { principal } = visit.session;
    await this.#sendDocument(response, visit.tenant, await this.#jobSeenBy(principal, job), principal.actor);
  };

  async #documentByTicket(text: string, request: Request, response: Response): Promise<void> {
    const launch = String(request.params["launch"]);
    const ticket = await this.#deps.documentTickets.take(launch, text);
    const tenant = this.#tenant(ticket?.tenant);
    // A session that ended in the meantime takes its tickets along; those of cards' tickets end by their own short life.
    const alive =
      ticket !== undefined && (launch.startsWith("t-") || (await this.#deps.sessions.isAlive(ticket.tenant, launch)));
    if (ticket === undefined || tenant === undefined || !alive) {
      response
        .set(pageHeaders(tenant))
        .status(401)
        .type("html")
        .send(documentOverPage(this.#frame(tenant, request)));
      return;
    }
    annotate(response, { tenant: tenant.id });
    await this.#sendDocument(response, tenant, await this.#deps.jobs.get(tenant.id, ticket.job), ticket.actor);
  }

  async #sendDocument(
    response: Response,
    tenant: TenantConfig,
    job: Job | undefined,
    actor: PageSession["principal"]["actor"],
  ): Promise<void> {
    const summary = job === undefined ? undefined : await this.#deps.jobs.summary(tenant.id, job.id);
    if (job === undefined || summary === undefined) throw new AdapterError("not_found");
    const { id, patient, encounter } = job;
    const read = { action: "summary.read", outcome: "success", job: id, patient, encounter } as const;
    await this.#deps.audit.record({ ...read, tenant: tenant.id, actor });
    const text = await this.#deps.renderText(tenant.id, summary);
    response.set(pageHeaders(tenant)).type("text/plain; charset=utf-8").send(text);
  }

  async #jobSeenBy(principal: PageSession["principal"], id: unknown): Promise<Job | undefined> {
    const job = typeof id === "string" ? await this.#deps.jobs.get(principal.tenant, id) : undefined;
    return job !== undefined && maySee(principal, job) ? job : undefined;
  }

  /** Answers with an address of the document that is good once and for a minute. */
  readonly documentTicket = async (request: Request, response: Response): Promise<void> => {
    const { session, tenant } = await this.#call(request, response);
    const { actor } = session.principal;
    const launch = String(request.params["launch"]);
    const job = await this.#jobSeenBy(session.principal, request.query["job"]);
    if (job === undefined) throw new AdapterError("not_found");
    const ticket = await this.#deps.documentTickets.issue(tenant.id, { launch, job: job.id, actor });
    response.status(201).json({ location: `/app/${launch}/document?ticket=${ticket}` });
  };

  readonly asset = (request: Request, response: Response): void => {
    const language = languages.find((known) => known === (request.params["language"] ?? "en"));
    const name = String(request.params["file"]);
    const file = language === undefined ? undefined : assetOf(this.#assets, name, language);
    const current = `/app/assets/${String(request.params["hash"])}` === this.#assets.path;
    // During a rolling deploy a page of the other release may ask here: better its script fails loudly than mixes.
    if (file === undefined || !current) throw new AdapterError("not_found");
    // Browsers name them all alike, in an order of their own.
    const takes = (coding: string): boolean => request.acceptsEncodings(coding) === coding;
    const coding = ["br", "gzip"].find(takes);
    const compressed = coding === "br" ? file.brotli : file.gzip;
    response.set({
      "Content-Type": file.type,
      "Cache-Control": "public, max-age=31536000, immutable",
      "X-Content-Type-Options": "nosniff",
      Vary: "Accept-Encoding",
      ...(coding === undefined ? {} : { "Content-Encoding": coding }),
    });
    response.end(coding === undefined ? file.body : compressed);
  };
}

/** The newest job that this session is about. */
async function pageJob(deps: PageDeps, tenant: string, { principal, smart }: PageSession) {
  const stay = principal.session?.encounter;
  const newest = stay === undefined ? undefined : await deps.jobs.latest(tenant, stay, "discharge-summary");
  const job = newest ?? (smart?.job === undefined ? undefined : await deps.jobs.get(tenant, smart.job));
  return job !== undefined && maySee(principal, job) ? job : undefined;
}

/** Mounts the pages at the root. */
export function createPageRouter(deps: PageDeps, assets: Assets = loadAssets()): Router {
  const routes = new PageRoutes(deps, assets);
  const tickets = new TicketRoutes(deps, assets);
  const router = express.Router({ caseSensitive: true, strict: true });
  router.get("/app/assets/:hash/:file", routes.asset);
  router.get("/app/assets/:hash/:language/:file", routes.asset);
  router.get("/app/ticket/:ticket", tickets.landing);
  router.post("/app/ticket/:ticket", tickets.redeem);
  router.get("/app/:launch/", routes.page);
  router.get("/app/:launch/context", routes.context);
  router.get("/app/:launch/style", routes.style);
  router.get("/app/:launch/evidence", routes.evidence);
  router.get("/app/:launch/document", routes.document);
  router.post("/app/:launch/document", routes.documentTicket);
  router.post("/app/:launch/chart", routes.chart);
  router.post("/app/:launch/activity", routes.activity);
  router.post("/app/:launch/end", routes.end);
  return guardMethods(router);
}
