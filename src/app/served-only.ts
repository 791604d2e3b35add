/** Sessions and tickets of tenants that are served: those of a removed tenant end at once, and are there again with it. */
import { AdapterError } from "../core/errors.ts";
import type { SmartSessions } from "../smart/sessions.ts";
import type { TenantDirectory } from "../tenants/directory.ts";
import type { Tickets } from "../trust/tickets.ts";

type Served = Pick<TenantDirectory, "byId">;

export function servedSessions(sessions: SmartSessions, tenants: Served): SmartSessions {
  const isServed = (tenant: string): boolean => tenants.byId(tenant) !== undefined;
  return {
    ...sessions,
    find: async (tenant, ...rest) => (isServed(tenant) ? sessions.find(tenant, ...rest) : undefined),
    isAlive: async (tenant, launch) => isServed(tenant) && sessions.isAlive(tenant, launch),
  };
}

export function servedTickets(tickets: Tickets, tenants: Served): Tickets {
  return {
    ...tickets,
    async look(text) {
      const seen = await tickets.look(text);
      if (tenants.byId(seen.tenant) === undefined) throw new AdapterError("not_found");
      return seen;
    },
    redeem: (text, open) =>
      tickets.redeem(text, async (ticket) => {
        // Thrown from here, the ticket stays good for when the tenant is back.
        if (tenants.byId(ticket.tenant) === undefined) throw new AdapterError("not_found");
        return open(ticket);
      }),
    async session(token) {
      const principal = await tickets.session(token);
      return principal === undefined || tenants.byId(principal.tenant) === undefined ? undefined : principal;
    },
  };
}
