/** The EHR's page and the JSON it lives on. Behind it stands the CDS client: keys and tokens never reach the browser. */
import express, { Router } from "express";
import type { NextFunction, Request, Response } from "express";
import { z } from "zod";
import type { LaunchContext } from "../auth/launch.ts";
import type { Journal } from "../fhir/journal.ts";
import type { ResourceStore } from "../fhir/store.ts";
import type { SubscriptionReceiver } from "../receiver/subscription-receiver.ts";
import type { WebhookMessage } from "../receiver/webhook-inbox.ts";
import type { WebhookReceiver } from "../receiver/webhook-receiver.ts";
import type { SandboxUser } from "../users.ts";
import { pageRoutes } from "./assets.ts";
import type { CdsClient } from "./client.ts";
import { finishNextReport } from "./laboratory.ts";
import { linkAddress } from "./launch-link.ts";
import type { HookContext } from "./prefetch.ts";
import {
  cardView,
  documentEntry,
  documentView,
  hookEntry,
  notificationEntry,
  patientView,
  webhookEntries,
} from "./views.ts";
import type { DocumentView, PatientView, TimelineEntry } from "./views.ts";

export interface PageWitnesses {
  readonly client: CdsClient;
  readonly store: ResourceStore;
  readonly journal: Journal;
  readonly receiver: Pick<WebhookReceiver, "inbox">;
  readonly subscriptionReceiver: Pick<SubscriptionReceiver, "notifications">;
  readonly createLaunch: (context: LaunchContext) => string;
  readonly fhirBaseUrl: string;
  readonly users: readonly SandboxUser[];
  /** Who lies in the wards, in the order of the list. */
  readonly inpatients: readonly { readonly patientId: string; readonly encounterId: string }[];
  /** Origins that the page may frame: the adapter's, and the EHR's own for the way through its sign-in. */
  readonly frameOrigins: readonly string[];
}

const hookCall = z.object({ hook: z.enum(["encounter-discharge", "patient-view"]), user: z.string() });
const linkCall = z.object({ index: z.int().min(0), user: z.string() });
const feedbackCall = z.object({ reasonCode: z.string().optional(), comment: z.string().max(500).optional() });

/** To be mounted at `/`: the page, `/cds-client/jwks.json` and `/cds-client/api`. */
export function cdsClientRoutes(witnesses: PageWitnesses): Router {
  const launches: LaunchEntry[] = [];
  const router = Router();
  router.use(pageRoutes(witnesses.frameOrigins));
  router.get("/cds-client/jwks.json", (_req, res) => {
    res.set("cache-control", "public, max-age=300").json(witnesses.client.jwks);
  });
  router.use("/cds-client/api", requireJson, express.json(), api(witnesses, launches));
  return router;
}

/** A form of another site cannot send this content type without asking first, so it cannot discharge anybody. */
function requireJson(req: Request, res: Response, next: NextFunction): void {
  if (req.method === "POST" && !req.is("application/json")) res.status(415).end();
  else next();
}

function api(witnesses: PageWitnesses, launches: LaunchEntry[]): Router {
  const router = Router();
  router.get("/state", (_req, res) => void res.json(stateOf(witnesses)));
  router.get("/patients/:id", (req, res) => {
    const view = listed(witnesses).find(({ id }) => id === req.params.id);
    if (view === undefined) res.status(404).end();
    else
      res.json({ patient: view, ...chartOf(witnesses, view.id), timeline: timelineOf(witnesses, launches, view.id) });
  });
  router.post("/patients/:id/hooks", (req, res) => answerHook(witnesses, req, res));
  router.post("/patients/:id/laboratory", (req, res) => {
    res.json({ finished: finishNextReport(witnesses.store, req.params.id, new Date()) ?? "" });
  });
  router.post("/cards/:id/open", (req, res) => openLink(witnesses, launches, req, res));
  router.post("/cards/:id/dismiss", (req, res) => dismiss(witnesses, req, res));
  return router;
}

function stateOf({ users, ...witnesses }: PageWitnesses): object {
  return { users: users.map(({ id, name, role }) => ({ id, name, role: role.display })), patients: listed(witnesses) };
}

function listed({ store, inpatients }: Pick<PageWitnesses, "store" | "inpatients">): readonly PatientView[] {
  return inpatients.map(({ patientId, encounterId }) =>
    patientView(store.read("Patient", patientId), store.read("Encounter", encounterId), encounterId),
  );
}

function chartOf(witnesses: PageWitnesses, patientId: string): object {
  return {
    cards: witnesses.client.inbox.of(patientId).map(cardView),
    documents: documentsOf(witnesses, patientId),
    webhooks: webhooksOf(witnesses, patientId).map(
      ({ id, type, verified, jobSequence, endpointSequence, attempts }) => ({
        id,
        type: type ?? "",
        verified,
        jobSequence,
        endpointSequence,
        attempts: attempts.length,
        at: attempts.at(-1)?.at ?? "",
      }),
    ),
    notifications: witnesses.subscriptionReceiver.notifications.map(({ at, content, violations, status }) => ({
      at,
      type: content?.type ?? "unreadable",
      events: content?.events.map(({ number }) => number) ?? [],
      focus: content?.events.at(-1)?.focus ?? "",
      violations,
      status,
    })),
  };
}

/** Only what was written since the EHR started: the chart's own notes are not the story. */
function documentsOf({ store, journal }: PageWitnesses, patientId: string): readonly DocumentView[] {
  const written = journal.writes({ resourceType: "DocumentReference" }).map(({ id }) => id ?? "");
  return [...new Set(written)].flatMap((id) => documentView(store.read("DocumentReference", id), patientId) ?? []);
}

/** A link that was opened on a patient. */
type LaunchEntry = TimelineEntry & { readonly patientId: string };

/** The patient's story in order: what was asked, opened, written, delivered. Notifications name no patient: all are shown. */
function timelineOf(
  witnesses: PageWitnesses,
  launches: readonly LaunchEntry[],
  patientId: string,
): readonly TimelineEntry[] {
  const ids = new Set(documentsOf(witnesses, patientId).map(({ id }) => id));
  const writes = witnesses.journal.writes({ resourceType: "DocumentReference" });
  const entries = [
    ...witnesses.client.calls.filter((call) => call.patientId === patientId).map(hookEntry),
    ...launches.filter((launch) => launch.patientId === patientId),
    ...writes.filter(({ id }) => id !== undefined && ids.has(id)).map(documentEntry),
    ...webhooksOf(witnesses, patientId).flatMap(webhookEntries),
    ...witnesses.subscriptionReceiver.notifications.map(notificationEntry),
  ];
  return entries.sort((a, b) => a.at.localeCompare(b.at));
}

function webhooksOf({ receiver }: PageWitnesses, patientId: string): readonly WebhookMessage[] {
  return receiver.inbox.filter(({ patient }) => patient === undefined || patient === `Patient/${patientId}`);
}

function contextOf({ users, inpatients }: PageWitnesses, patientId: string, userId: string): HookContext | undefined {
  const stay = inpatients.find((inpatient) => inpatient.patientId === patientId);
  const user = users.find(({ id }) => id === userId);
  if (stay === undefined || user === undefined) return undefined;
  return { userId: `Practitioner/${user.id}`, patientId, encounterId: stay.encounterId };
}

async function answerHook(witnesses: PageWitnesses, req: Request<{ id: string }>, res: Response): Promise<void> {
  const body = hookCall.safeParse(req.body);
  const context = body.success ? contextOf(witnesses, req.params.id, body.data.user) : undefined;
  if (!body.success || context === undefined) return void res.status(400).end();
  res.json(await callHook(witnesses, body.data.hook, context));
}

async function callHook({ client }: PageWitnesses, hook: string, context: HookContext): Promise<object> {
  try {
    const calls = await client.call(hook, context);
    if (calls.length === 0) return { problem: `No service listens to ${hook}.`, cards: 0 };
    const problem = calls.find((call) => call.problem !== undefined)?.problem;
    return { problem: problem ?? "", cards: calls.flatMap(({ cards }) => cards).length };
  } catch {
    return { problem: "The summary service cannot be reached.", cards: 0 };
  }
}

function openLink(
  witnesses: PageWitnesses,
  launches: LaunchEntry[],
  req: Request<{ id: string }>,
  res: Response,
): void {
  const body = linkCall.safeParse(req.body);
  const held = witnesses.client.inbox.find(req.params.id);
  const link = body.success ? held?.card.links?.[body.data.index] : undefined;
  const user = witnesses.users.find(({ id }) => body.success && id === body.data.user);
  if (held === undefined || link === undefined || user === undefined) return void res.status(404).end();
  const context = { patientId: held.patientId, encounterId: held.encounterId, fhirUser: `Practitioner/${user.id}` };
  const url = linkAddress(link, context, witnesses);
  const text = `${link.label} opened (${link.type})`;
  launches.push({ at: new Date().toISOString(), kind: "launch", text, ok: true, patientId: held.patientId });
  res.json({ url, label: link.label });
}

async function dismiss(witnesses: PageWitnesses, req: Request<{ id: string }>, res: Response): Promise<void> {
  const body = feedbackCall.safeParse(req.body);
  const held = witnesses.client.inbox.find(req.params.id);
  if (!body.success || held === undefined) return void res.status(404).end();
  const reason = held.card.overrideReasons?.find(({ code }) => code === body.data.reasonCode);
  const comment = body.data.comment;
  const status = await witnesses.client.feedback(held.id, {
    outcome: "overridden",
    ...(reason === undefined ? {} : { reason: plainCoding(reason) }),
    ...(comment === undefined ? {} : { comment }),
  });
  res.json({ problem: status === 200 ? "" : `The service answered ${status} to the feedback.` });
}

function plainCoding({
  code,
  system,
  display,
}: {
  code: string;
  system?: string | undefined;
  display?: string | undefined;
}) {
  return {
    code,
    ...(system === undefined ? {} : { system }),
    ...(display === undefined ? {} : { display }),
  };
}
