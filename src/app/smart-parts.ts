/** SMART launches and page sessions, composed. */
import { randomBytes } from "node:crypto";
import { run } from "../db/query.ts";
import { readChart } from "../ehr/read-chart.ts";
import { wakeWrites } from "../ehr/write-back/store.ts";
import { loadAssets } from "../pages/assets.ts";
import { createLaunchPages } from "../pages/launch-pages.ts";
import type { PageSessions } from "../smart/authorize-page.ts";
import { createPageSessions } from "../smart/authorize-page.ts";
import type { SmartDeps } from "../smart/deps.ts";
import type { EhrStyles } from "../smart/ehr-styles.ts";
import { createEhrStyles } from "../smart/ehr-styles.ts";
import type { SmartSessions } from "../smart/sessions.ts";
import { createSmartSessions } from "../smart/sessions.ts";
import type { WaitingCharts } from "../smart/waiting-chart.ts";
import { createWaitingCharts } from "../smart/waiting-chart.ts";
import type { Foundation } from "./foundation.ts";
import { servedSessions, servedTickets } from "./served-only.ts";
import { requireClients } from "./tenant-clients.ts";

export interface SmartParts {
  readonly deps: SmartDeps;
  readonly sessions: SmartSessions;
  readonly pageSessions: PageSessions;
  readonly charts: WaitingCharts;
  readonly styles: EhrStyles;
}

export function createSmartParts(foundation: Foundation): SmartParts {
  const { config, secrets, tenants, database, sealer, audit, jobs, trust, clients, onError } = foundation;
  const deps: SmartDeps = {
    publicUrl: config.publicUrl,
    db: database.http,
    sealer,
    audit,
    jobs,
    tenants: () => tenants.all(),
    fetchFor: (tenant) => requireClients(clients, tenant.id).fetch,
    signAssertion: trust.signClientAssertion,
    clientSecret: ({ ehr }) => (ehr.smart === undefined ? undefined : secrets.get("clientSecret", ehr.smart)),
    gatewayFor: (tenant, accessToken) => requireClients(clients, tenant.id).userGateway(accessToken),
    readChart: (tenant, accessToken, { patient, encounter, granted }) => {
      const gateway = requireClients(clients, tenant.id).userGateway(accessToken, { granted });
      return readChart(gateway, idOf(patient), idOf(encounter), []);
    },
    now: () => Date.now(),
    random: randomBytes,
    pages: createLaunchPages(loadAssets()),
    onError: onError("smart.failed"),
  };
  const sessions = wakingWrites(servedSessions(createSmartSessions(deps), tenants), foundation);
  const tickets = servedTickets(trust.tickets, tenants);
  const ticketSession = (token: string) => tickets.session(token);
  const pageSessions = createPageSessions({ publicUrl: config.publicUrl, sessions, ticketSession });
  return {
    deps,
    sessions,
    pageSessions,
    charts: createWaitingCharts(deps, sessions),
    styles: ehrStyles(foundation, deps),
  };
}

/** A launch brings the signer's token: what waits for it to be written is due now. */
function wakingWrites(sessions: SmartSessions, { database, onError }: Foundation): SmartSessions {
  return {
    ...sessions,
    async create(session) {
      const created = await sessions.create(session);
      // A launch that was good must not fail for it: the write is tried again by itself a little later.
      await run(database.http, wakeWrites, session.tenant.id, session.user.reference).catch(
        onError("write_back.failed"),
      );
      return created;
    },
  };
}

function ehrStyles({ log, onError }: Foundation, { fetchFor, now }: SmartDeps): EhrStyles {
  return createEhrStyles({
    fetchFor,
    now,
    onLeftOut: (tenant, names) => log.info("smart.style-left-out", { tenant, detail: names.join(" ") }),
    onError: onError("smart.style-failed"),
  });
}

function idOf(reference: string): string {
  return reference.slice(reference.indexOf("/") + 1);
}
