/** What one CDS service is: a definition as data and one function. Each stands in its folder under cds-services/. */
import type { FhirResource } from "fhir/r4.js";
import type { TenantConfig } from "../config/tenant-schema.ts";
import type { Actor, CreateJob, Job } from "../jobs/jobs.ts";
import type { Card, HookName, Link } from "./cds-hooks.ts";

/** Key to template; only tokens and searches that CDS Hooks 2.0 recommends (55-59). */
export type PrefetchTemplates = Readonly<Record<string, string>>;

/** One verified call of a hook, its values checked. */
export interface HookCall {
  readonly tenant: TenantConfig;
  /** The EHR, on behalf of the user. */
  readonly actor: Actor;
  readonly hook: HookName;
  readonly hookInstance: string;
  /** `Practitioner/7`, as the EHR says. */
  readonly userId: string;
  /** Relative references. */
  readonly patient: string;
  /** Absent where a patient-view names no encounter. */
  readonly encounter?: string;
}

/** Chart data that this call can bring. */
export interface ChartData {
  readonly resources: readonly FhirResource[];
  /** Prefetch keys whose data did not come, in words for the page. */
  readonly gaps: readonly string[];
}

/** How the chart of a job that starts now will be had, in the contract's order. */
export type ChartSource =
  | { readonly kind: "chart"; readonly chart: ChartData }
  /** Backend Services in the worker; `chart` is what the hook brought already. */
  | { readonly kind: "backend"; readonly chart: ChartData }
  /** The job waits for a SMART launch. */
  | { readonly kind: "launch" };

/** A card before it has its uuid and source, with what feedback on it will be about. */
export interface CardDraft {
  /** The state it shows; a word for metrics and the memory of cards. */
  readonly state: string;
  readonly summary: string;
  readonly detail?: string;
  readonly indicator: Card["indicator"];
  readonly job?: string;
  readonly links?: readonly Link[];
  /** False on cards that say how things stand and ask for nothing. */
  readonly overridable: boolean;
}

export type LinkPurpose = "open" | "start" | "retry";

/** What a service may use while it answers. Everything here ends with the hook's budget. */
export interface ServicePorts {
  readonly latest: (call: HookCall) => Promise<Job | undefined>;
  readonly create: (input: CreateJob) => Promise<{ readonly job: Job; readonly created: boolean }>;
  /** Whether this user has put aside a card about this job (or, without a job, about this encounter). */
  readonly overridden: (call: HookCall, job: string | undefined) => Promise<boolean>;
  /** Looks at prefetch, backend access, the hook's token and SMART, in this order. @throws AdapterError prefetch_unavailable */
  readonly chartSource: () => Promise<ChartSource>;
  /** A link that works at once: to the SMART page, or to a one-time landing page. */
  readonly link: (
    call: HookCall,
    label: string,
    purpose: LinkPurpose,
    job: string | undefined,
    chart?: ChartData,
  ) => Promise<Link>;
}

export interface CdsService {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly usageRequirements?: string;
  /** The same id on each: a later card of it replaces the earlier one (2.0, 211). */
  readonly hooks: Readonly<Partial<Record<HookName, { readonly prefetch?: PrefetchTemplates }>>>;
  /** The reasons a clinician may choose from when putting a card aside. */
  readonly overrideReasons: readonly { readonly code: string; readonly display: string }[];
  answer(call: HookCall, ports: ServicePorts): Promise<readonly CardDraft[]>;
  /** What can be said when nothing could be looked up in time. */
  answerBlind(hook: HookName): readonly CardDraft[];
}
