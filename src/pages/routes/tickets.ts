/** /app/ticket/...: the landing page of a card's ticket, and what its button does. */
import type { Request, Response } from "express";
import type { TenantConfig } from "../../config/tenant-schema.ts";
import type { Assets } from "../assets.ts";
import type { PageDeps } from "../deps.ts";
import { AdapterError } from "../../core/errors.ts";
import { annotate } from "../../http/annotations.ts";
import type { PageFrame } from "../page-html.ts";
import { frameOf } from "../page-frame.ts";
import { tabTicketPage, ticketOverPage, ticketPage } from "../page-html.ts";
import { pageHeaders } from "../policy.ts";
import { openTicket } from "../redeem-ticket.ts";

/** Comes back with the button's POST where the browser sends cookies; says nothing else. */
const probe = "__Host-handover-probe";
const probeCookie = `${probe}=1; Max-Age=900; Path=/; Secure; HttpOnly; SameSite=None; Partitioned`;

/** A browser loads a document and sent no cookie back. Programs that send no `Sec-Fetch-Mode` keep the plain way. */
const isWithoutCookies = (request: Request): boolean =>
  request.get("sec-fetch-mode") === "navigate" && !(request.get("cookie") ?? "").includes(`${probe}=1`);

/** The call of our own page's script, which asks for the session itself. */
const isOwnScript = (request: Request): boolean =>
  request.get("sec-fetch-site") === "same-origin" && request.get("accept") === "application/json";

export class TicketRoutes {
  readonly #deps: PageDeps;
  readonly #assets: Assets;

  constructor(deps: PageDeps, assets: Assets) {
    this.#deps = deps;
    this.#assets = assets;
  }

  #tenant(id: string): TenantConfig | undefined {
    return this.#deps.tenants().find((tenant) => tenant.id === id);
  }

  #frame(request: Request, tenant?: string): PageFrame {
    const known = tenant === undefined ? undefined : this.#tenant(tenant);
    return frameOf(this.#assets, known, this.#deps.tenants(), request.acceptsLanguages());
  }

  readonly landing = async (request: Request, response: Response): Promise<void> => {
    try {
      const { tenant, purpose } = await this.#deps.tickets.look(String(request.params["ticket"]));
      response
        .set(pageHeaders(this.#tenant(tenant)))
        .append("Set-Cookie", probeCookie)
        .type("html")
        .send(ticketPage(this.#frame(request, tenant), purpose));
    } catch (error) {
      this.#over(request, response, error);
    }
  };

  readonly redeem = async (request: Request, response: Response): Promise<void> => {
    try {
      if (isWithoutCookies(request)) await this.#sendToScript(request, response);
      else await this.#open(request, response);
    } catch (error) {
      this.#over(request, response, error);
    }
  };

  /** Uses nothing up yet: the script's own call does. */
  async #sendToScript(request: Request, response: Response): Promise<void> {
    const { tenant } = await this.#deps.tickets.look(String(request.params["ticket"]));
    response
      .set(pageHeaders(this.#tenant(tenant)))
      .type("html")
      .send(tabTicketPage(this.#frame(request, tenant)));
  }

  async #open(request: Request, response: Response): Promise<void> {
    const opened = await this.#deps.tickets.redeem(String(request.params["ticket"]), (ticket) =>
      openTicket(this.#deps, ticket),
    );
    const { tenant, launch, token, job } = opened;
    const actor = { kind: "ticket", id: launch } as const;
    await this.#deps.audit.record({ tenant, action: "ticket.redeem", outcome: "success", actor, job });
    response.set(pageHeaders(this.#tenant(tenant)));
    if (isOwnScript(request)) response.json({ launch, page: `/app/${launch}/?tenant=${tenant}`, session: token });
    else
      response
        .append("Set-Cookie", this.#deps.pageSessions.ticketCookie(launch, token))
        .redirect(303, `/app/${launch}/`);
  }

  /** A person sees the same page whatever is wrong with the ticket; everything else is an error as always. */
  #over(request: Request, response: Response, error: unknown): void {
    if (!(error instanceof AdapterError) || error.code !== "unauthenticated") throw error;
    annotate(response, { code: error.code, detail: error.detail });
    response
      .set(pageHeaders(undefined))
      .status(401)
      .type("html")
      .send(ticketOverPage(this.#frame(request)));
  }
}
