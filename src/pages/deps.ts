/** What the pages need from the rest; app.ts wires them. */
import type { FhirResource } from "fhir/r4.js";
import type { Audit } from "../audit/audit.ts";
import type { TenantConfig } from "../config/tenant-schema.ts";
import type { Jobs, StoredSummary } from "../jobs/jobs.ts";
import type { PageSessions } from "../smart/authorize-page.ts";
import type { UserGateway } from "../smart/deps.ts";
import type { EhrStyles } from "../smart/ehr-styles.ts";
import type { SmartSessions } from "../smart/sessions.ts";
import type { DocumentTickets } from "./document-tickets.ts";
import type { WaitingCharts } from "../smart/waiting-chart.ts";

/** A ticket as redeemed: what its session shall read, and what is to be started first. */
export interface RedeemedTicket {
  readonly tenant: string;
  readonly purpose: "open" | "start" | "retry";
  readonly patient: string;
  readonly encounter: string;
  readonly job?: string;
  readonly userId: string;
  readonly snapshot?: { readonly resources: readonly FhirResource[]; readonly gaps: readonly string[] };
}

/** Tickets of cards (trust/). Both throw AdapterError `unauthenticated` for a ticket that is not good. */
export interface PageTickets {
  look(text: string): Promise<{ readonly tenant: string; readonly purpose: RedeemedTicket["purpose"] }>;
  redeem(
    text: string,
    open: (ticket: RedeemedTicket) => Promise<string>,
  ): Promise<{ readonly tenant: string; readonly token: string; readonly launch: string; readonly job: string }>;
}

export interface PageDeps {
  readonly publicUrl: string;
  readonly jobs: Jobs;
  readonly audit: Audit;
  readonly tenants: () => readonly TenantConfig[];
  readonly pageSessions: PageSessions;
  readonly sessions: Pick<SmartSessions, "touch" | "end" | "accessToken" | "access" | "isAlive">;
  readonly charts: WaitingCharts;
  readonly styles: EhrStyles;
  readonly gatewayFor: (tenant: TenantConfig, accessToken: string) => UserGateway;
  readonly tickets: PageTickets;
  readonly documentTickets: DocumentTickets;
  /** Plain text of a summary (core/document). */
  readonly renderText: (tenant: string, summary: StoredSummary) => Promise<string>;
  /** True when the worker can read the tenant's charts by itself. */
  readonly hasSystemAccess: (tenant: string) => boolean;
  readonly onError?: (error: unknown) => void;
}
