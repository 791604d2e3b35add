/** Turns a service's drafts into cards: uuid, source, override reasons, and text that no client can take for markup. */
import { dottedPath } from "../core/request-shape.ts";
import type { Card, CdsResponse } from "./cds-hooks.ts";
import { cdsResponses } from "./schema/response.ts";
import type { CardDraft, CdsService } from "./service.ts";

/** CDS Hooks 2.0, 85: fewer than 140 characters. */
const MAX_SUMMARY = 139;
export const OVERRIDE_REASON_SYSTEM = "urn:handover:override-reason";

/**
 * Markdown allows HTML, and some clients render it: it is taken out of everything that a card says (attack list 31).
 * Our texts are fixed, but codes and names in them are not.
 */
export function withoutHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Cut at the last word that fits. */
export function shorten(text: string): string {
  if (text.length <= MAX_SUMMARY) return text;
  const cut = text.slice(0, MAX_SUMMARY - 1);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(" "), MAX_SUMMARY - 40))}…`;
}

export function toCard(draft: CardDraft, uuid: string, service: CdsService, publicUrl: string): Card {
  const { summary, detail, indicator, links = [], suggestions, selectionBehavior, extension, overridable } = draft;
  const reasons = overridable ? service.overrideReasons : [];
  return {
    uuid,
    summary: shorten(summary),
    ...(detail === undefined ? {} : { detail: withoutHtml(detail) }),
    indicator,
    source: sourceOf(service, publicUrl),
    ...(suggestions === undefined ? {} : { suggestions }),
    ...(selectionBehavior === undefined ? {} : { selectionBehavior }),
    // 2.0, 219: code, system and display each.
    ...(reasons.length === 0
      ? {}
      : { overrideReasons: reasons.map(({ code, display }) => ({ code, system: OVERRIDE_REASON_SYSTEM, display })) }),
    ...(links.length === 0 ? {} : { links }),
    ...(extension === undefined ? {} : { extension }),
  };
}

function sourceOf({ title, icon, topic }: CdsService, publicUrl: string): Card["source"] {
  return {
    label: title,
    url: publicUrl,
    ...(icon === undefined ? {} : { icon }),
    ...(topic === undefined ? {} : { topic }),
  };
}

/**
 * What keeps an answer from being sent, or undefined: it is not CDS Hooks 2.0, or has the EHR act by itself where its hospital
 * has not agreed. Names members and never their content.
 */
export function answerProblem(response: CdsResponse, mayAct = false): string | undefined {
  if (response.systemActions !== undefined && !mayAct) return "systemActions not agreed with this tenant";
  const [issue] = cdsResponses["2.0"].safeParse(response).error?.issues ?? [];
  return issue === undefined ? undefined : `${dottedPath(issue.path)} ${issue.code}`;
}
