/** What one CDS service is: a definition as data and one function. Each stands in its folder under cds-services/. */
import type { FhirResource } from "fhir/r4.js";
import type { TenantConfig } from "../config/tenant-schema.ts";
import type { Actor, CreateJob, Job, SignedSummary } from "../jobs/jobs.ts";
import type { Card, Extension, HookName, Link, Suggestion, SystemAction } from "./cds-hooks.ts";
import type { QueryParams } from "./prefetch-template.ts";

/**
 * Key to template: plain reads and searches (55-59). Tokens of 2.0 serve every EHR; with those of the 3.0 ballot
 * (prefetch-token.ts) an EHR of 2.0 leaves the key out, and it is fetched. A template may build on keys before it.
 */
export type PrefetchTemplates = Readonly<Record<string, string>>;

/**
 * What becomes of a key whose data did not come whole with the call. `fetch`: it is fetched where there is a way, else it is a
 * gap. `fail`: the same, but without it the call is answered 412. `omit`: it is left out, and no other way is tried for it.
 */
export type PrefetchPolicies = Readonly<Record<string, "fail" | "omit" | "fetch">>;

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

/** A call about one stay: the call's own, or another of the same patient that a service speaks of. */
export interface StayCall extends HookCall {
  readonly encounter: string;
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
  /** The stay it is about, where that is not the call's. */
  readonly encounter?: string;
  /** Digests of what it shows; those that the user puts aside come back through `ServicePorts.putAside`. */
  readonly items?: readonly string[];
  readonly links?: readonly Link[];
  /** Changes that the user may accept with one click; each with its uuid, or feedback cannot name it. */
  readonly suggestions?: readonly Suggestion[];
  /** Needed beside suggestions: whether the user may accept one of them or several. */
  readonly selectionBehavior?: NonNullable<Card["selectionBehavior"]>;
  readonly extension?: Extension;
  /** False on cards that say how things stand and ask for nothing. */
  readonly overridable: boolean;
}

/** An answer that is more than its cards. */
export interface ServiceAnswer {
  readonly cards: readonly CardDraft[];
  /** Made by the EHR without asking anybody: only for a hospital that agreed (`ehr.cdsHooks.systemActions`). */
  readonly systemActions?: readonly SystemAction[];
  readonly extension?: Extension;
}

export type LinkPurpose = "open" | "start" | "retry";

/**
 * The patient's chart in the EHR while the hook's time for reading lasts. What is another patient's, or names none, never
 * comes through. Calls throw AdapterError: ehr_timeout once the time is up, ehr_refused, ehr_failed.
 */
export interface PatientReader {
  read(type: string, id: string): Promise<FhirResource | undefined>;
  /** `patient` is added to the parameters. Only the newest pages are read. */
  search(type: string, params: QueryParams): Promise<readonly FhirResource[]>;
}

/** What a service may use while it answers. Everything here ends with the hook's budget. */
export interface ServicePorts {
  readonly latest: (call: StayCall) => Promise<Job | undefined>;
  /** Summaries of this patient that are signed and stand, one a stay, newest first. */
  readonly signedSummaries: () => Promise<readonly SignedSummary[]>;
  readonly create: (input: CreateJob) => Promise<{ readonly job: Job; readonly created: boolean }>;
  /** Brings what this call's prefetch holds to a job that is open already; the job as it stands then. */
  readonly bringChart: (job: Job) => Promise<Job>;
  /** Whether this user has put aside a card about this job (or, without a job, about this encounter). */
  readonly overridden: (call: StayCall, job: string | undefined) => Promise<boolean>;
  /** `items` of this service's cards about these stays that this user has put aside. */
  readonly putAside: (encounters: readonly string[]) => Promise<ReadonlySet<string>>;
  /** What this hook's own prefetch brought. */
  readonly prefetched: ChartData;
  /** The EHR by the hook's token, else by Backend Services; undefined where there is neither. */
  readonly reader: () => PatientReader | undefined;
  /** Looks at prefetch, backend access, the hook's token and SMART, in this order. @throws AdapterError prefetch_unavailable */
  readonly chartSource: () => Promise<ChartSource>;
  /** A link that works at once: to the SMART page, or to a one-time landing page. */
  readonly link: (
    call: StayCall,
    label: string,
    purpose: LinkPurpose,
    job: string | undefined,
    chart?: ChartData,
  ) => Promise<Link>;
}

/** What a service wants on one hook. */
export interface HookOffer {
  readonly prefetch?: PrefetchTemplates;
  /** By key of `prefetch`; `fetch` where nothing is said. */
  readonly onMissing?: PrefetchPolicies;
}

export interface CdsService {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly usageRequirements?: string;
  /** What its cards are about, as a code: the EHR may sort or filter by it (2.0, source.topic). */
  readonly topic?: { readonly system: string; readonly code: string; readonly display: string };
  /** Absolute address of an opaque PNG, 100 by 100 pixels, shown beside the source's label (2.0, source.icon). */
  readonly icon?: string;
  /** Told in discovery, as agreed with EHRs. */
  readonly extension?: Extension;
  /** The same id on each: a later card of it replaces the earlier one (2.0, 211). */
  readonly hooks: Readonly<Partial<Record<HookName, HookOffer>>>;
  /** The reasons a clinician may choose from when putting a card aside. */
  readonly overrideReasons: readonly { readonly code: string; readonly display: string }[];
  /** What is no CDS Hooks is never sent: the EHR then gets `answerBlind`, and the log says what was wrong. */
  answer(call: HookCall, ports: ServicePorts): Promise<readonly CardDraft[] | ServiceAnswer>;
  /** What can be said when nothing could be looked up in time. */
  answerBlind(hook: HookName, tenant: TenantConfig): readonly CardDraft[];
}
