/**
 * Recognises the page's own calls: the launch they name, that launch's secret, their origin, and a CSRF token for changes.
 * The secret comes in the launch's cookie; where the browser sends none, the page's tab keeps it and sends it as a header.
 */
import type { IncomingHttpHeaders } from "node:http";
import type { Principal } from "../core/access/principal.ts";
import type { SmartSession, SmartSessions } from "./sessions.ts";
import { AdapterError } from "../core/errors.ts";
import { clearCookie, parseProof, proofText, readCookie, setCookie } from "./cookies.ts";
import { csrfTokenOf } from "./secrets.ts";

/** Names the session that a call belongs to; sent by the page's own script only, so a cross-site form cannot. */
export const launchHeader = "x-handover-launch";
export const csrfHeader = "x-csrf-token";
/** The session's secret, sent by a tab whose browser sends no cookies. No other site's page knows it or may send it. */
export const tabHeader = "x-handover-session";

/** A session as found, with the token that the page must send along. */
export interface PageSession {
  readonly principal: Principal;
  readonly csrfToken: string;
  /** Absent for tickets. */
  readonly smart?: SmartSession;
}

export interface PageSessions {
  /** By the cookie of one launch, else by what its tab sent; undefined where there is none or it is over. */
  find(launch: string, cookieHeader: string | undefined, tabProof?: string): Promise<PageSession | undefined>;
  /** The same from a request's headers. */
  ofRequest(launch: string, headers: IncomingHttpHeaders): Promise<PageSession | undefined>;
  /** The tenant that a cookie names, though its session may be over: only to decide who may frame the page that says so. */
  tenantOf(launch: string, cookieHeader: string | undefined): string | undefined;
  /** The Set-Cookie value that takes a session's cookie away. */
  endedCookie(launch: string): string;
  /** The Set-Cookie value of a ticket's session. */
  ticketCookie(launch: string, token: string): string;
  /** For an API call of the page; undefined when the request names no launch, so that others may recognise it. Throws 401, 403. */
  authorize(request: {
    readonly method: string;
    readonly headers: IncomingHttpHeaders;
  }): Promise<Principal | undefined>;
  /** Whether the session behind a principal still stands; true for callers without one. */
  revalidate(principal: Principal): Promise<boolean>;
}

export interface PageSessionsDeps {
  readonly publicUrl: string;
  readonly sessions: SmartSessions;
  /** The ticket session of a cookie's token (trust/). */
  readonly ticketSession: (token: string) => Promise<Principal | undefined>;
}

/** No longer than trust/ lets a ticket's session live; the database has the last word. */
const ticketCookieSeconds = 900;

/** Ticket sessions are named by trust/ with this prefix. */
const isTicketLaunch = (launch: string): boolean => launch.startsWith("t-");

/** Another origin's page, or a request that a browser marks as coming from another site, is refused. */
export function checkOrigin(headers: IncomingHttpHeaders, publicUrl: string): void {
  const site = headers["sec-fetch-site"];
  const foreign =
    (headers.origin !== undefined && headers.origin !== new URL(publicUrl).origin) ||
    (site !== undefined && site !== "same-origin");
  if (foreign)
    throw new AdapterError("forbidden", {
      message: "Another site may not call here with this session.",
      detail: "session.origin",
    });
}

/** What a tab sent as its session's secret. */
function tabProofOf(headers: IncomingHttpHeaders): string {
  const proof = headers[tabHeader];
  return typeof proof === "string" ? proof : "";
}

const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

export function createPageSessions({ publicUrl, sessions, ticketSession }: PageSessionsDeps): PageSessions {
  /** A ticket's token stands in nobody's memory but the cookie: streams are re-checked by the token they were opened with. */
  const ticketTokens = new WeakMap<Principal, string>();

  async function find(
    launch: string,
    cookieHeader: string | undefined,
    tabProof = "",
  ): Promise<PageSession | undefined> {
    const proof = readCookie(cookieHeader, "session", launch) ?? parseProof(tabProof);
    if (proof === undefined) return undefined;
    const csrfToken = csrfTokenOf(proof.secret);
    if (!isTicketLaunch(launch)) {
      const smart = await sessions.find(proof.tenant, launch, proof.secret);
      return smart === undefined ? undefined : { principal: smart.principal, csrfToken, smart };
    }
    const token = proofText(proof);
    const principal = await ticketSession(token);
    if (principal?.session?.launch !== launch) return undefined;
    ticketTokens.set(principal, token);
    return { principal, csrfToken };
  }

  const ofRequest = (launch: string, headers: IncomingHttpHeaders) => find(launch, headers.cookie, tabProofOf(headers));

  return {
    find,
    ofRequest,
    tenantOf: (launch, cookieHeader) => readCookie(cookieHeader, "session", launch)?.tenant,
    endedCookie: (launch) => clearCookie("session", launch),
    ticketCookie(launch, token) {
      const [tenant = "", secret = ""] = token.split(".");
      return setCookie("session", launch, { tenant, secret }, ticketCookieSeconds);
    },
    async authorize({ method, headers }) {
      const launch = headers[launchHeader];
      if (typeof launch !== "string") return undefined;
      checkOrigin(headers, publicUrl);
      const session = await ofRequest(launch, headers);
      if (session === undefined) throw new AdapterError("unauthenticated", { detail: "session.unknown" });
      if (!safeMethods.has(method) && headers[csrfHeader] !== session.csrfToken) {
        throw new AdapterError("forbidden", { message: "The CSRF token is missing or wrong.", detail: "session.csrf" });
      }
      return session.principal;
    },
    async revalidate(principal) {
      if (principal.session === undefined) return true;
      if (principal.session.kind === "smart") return sessions.isAlive(principal.tenant, principal.session.launch);
      const token = ticketTokens.get(principal);
      return token !== undefined && (await ticketSession(token)) !== undefined;
    },
  };
}
