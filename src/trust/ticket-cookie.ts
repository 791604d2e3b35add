/**
 * The cookie of a ticket's session. The EHR shows the page in a frame, that is in another site, so only
 * `SameSite=None; Secure; Partitioned` survives; `__Host-` ties it to this origin. One cookie per link, so that two patients
 * in two tabs never mix.
 */
import { TICKET_SESSION_MINUTES } from "./tickets.ts";

const PREFIX = "__Host-handover-t-";
const launchForm = /^t-[0-9a-f]{24}$/u;

/** True where a launch id is one of a ticket's session. */
export function isTicketLaunch(launch: string): boolean {
  return launchForm.test(launch);
}

/** A Set-Cookie value. */
export function ticketCookie(launch: string, token: string): string {
  return `${PREFIX}${launch}=${token}; Max-Age=${TICKET_SESSION_MINUTES * 60}; Path=/; Secure; HttpOnly; SameSite=None; Partitioned`;
}

/** The session's token in a Cookie header; undefined where there is none for this launch. */
export function readTicketCookie(header: string | undefined, launch: string): string | undefined {
  if (!isTicketLaunch(launch)) return undefined;
  for (const pair of (header ?? "").split(";")) {
    const [name, value] = pair.trim().split("=", 2);
    if (name === PREFIX + launch) return value;
  }
  return undefined;
}
