/** /app/ticket/{ticket}: GET shows the landing page, POST redeems. */
import type { Request, Response, Router } from "express";
import express from "express";
import type { Audit } from "../../audit/audit.ts";
import type { TenantConfig } from "../../config/tenant-schema.ts";
import { toAdapterError } from "../../core/errors.ts";
import { annotate } from "../../http/annotations.ts";
import { guardMethods } from "../../http/method-guard.ts";
import { errorFields } from "../../telemetry/error-fields.ts";
import type { Log } from "../../telemetry/log.ts";
import { readTicketCookie, ticketCookie } from "../ticket-cookie.ts";
import type { LandingPage } from "../ticket-page.ts";
import { landingPage, ticketProblemPage } from "../ticket-page.ts";
import { refusalReason } from "../refusal.ts";
import type { Ticket, Tickets } from "../tickets.ts";

export interface TicketRoutesDeps {
  readonly publicUrl: string;
  readonly tickets: Pick<Tickets, "look" | "redeem" | "session">;
  /** Does what the ticket is for; returns the job to read. */
  readonly open: (ticket: Ticket) => Promise<string>;
  readonly tenant: (id: string) => TenantConfig | undefined;
  readonly audit: Audit;
  readonly log: Log;
}

function show(response: Response, status: number, { html, contentSecurityPolicy }: LandingPage): void {
  response
    .status(status)
    .set({
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": contentSecurityPolicy,
      "x-robots-tag": "noindex",
    })
    .end(html);
}

/** Problems are pages here: a person looks at them. */
function showProblem(deps: TicketRoutesDeps, response: Response, thrown: unknown): void {
  const reason = refusalReason(thrown);
  const error = toAdapterError(thrown);
  annotate(response, { code: error.code, reason });
  if (reason === undefined) {
    if (error.status >= 500) deps.log.error("ticket.failed", errorFields(thrown));
    return show(response, error.status, ticketProblemPage("failed"));
  }
  show(response, 410, ticketProblemPage(reason === "ticket.used" ? "used" : "gone"));
}

export function createTicketRoutes(deps: TicketRoutesDeps): Router {
  const { tickets, audit, publicUrl } = deps;

  const look = async (request: Request, response: Response): Promise<void> => {
    try {
      const { tenant, purpose } = await tickets.look(String(request.params["ticket"]));
      annotate(response, { tenant });
      show(response, 200, landingPage(purpose, deps.tenant(tenant)?.ehr.frameAncestors ?? []));
    } catch (error) {
      showProblem(deps, response, error);
    }
  };

  const redeem = async (request: Request, response: Response): Promise<void> => {
    try {
      let opened: Ticket | undefined;
      const session = await tickets.redeem(String(request.params["ticket"]), (ticket) => {
        opened = ticket;
        return deps.open(ticket);
      });
      const { tenant, job } = session;
      annotate(response, { tenant, job });
      if (opened !== undefined) {
        const { patient, encounter, userId, purpose } = opened;
        await audit.record({
          tenant,
          action: "ticket.redeem",
          outcome: "success",
          actor: { kind: "ticket", id: userId },
          job,
          patient,
          encounter,
          reason: purpose,
        });
      }
      response.setHeader("set-cookie", ticketCookie(session.launch, session.token));
      // 303: the next request is a GET, and the ticket is in no body that could be sent on (RFC 9700, 4.12).
      response.redirect(303, `${publicUrl}/app/${session.launch}/`);
    } catch (error) {
      showProblem(deps, response, error);
    }
  };

  const router = express.Router();
  router.get("/app/ticket/:ticket", (request, response) => look(request, response));
  router.post("/app/ticket/:ticket", (request, response) => redeem(request, response));
  return guardMethods(router);
}

/** Who reads in a ticket's session: for the pages under /app/{launch}/ and their calls. */
export async function ticketPrincipal(
  tickets: Pick<Tickets, "session">,
  cookieHeader: string | undefined,
  launch: string,
) {
  const token = readTicketCookie(cookieHeader, launch);
  const principal = token === undefined ? undefined : await tickets.session(token);
  // The cookie's name is the browser's word; the session's own launch is ours.
  return principal?.session?.launch === launch ? principal : undefined;
}
