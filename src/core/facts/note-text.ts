/** Notes as text: decoding attachments, and finding the headings. */
import type { Attachment } from "fhir/r4.js";
import { textOf } from "../chart/readable.ts";
import { plainText, wordsInMarkup } from "./markup-text.ts";
import { isRtf, rtfText } from "./rtf-text.ts";

/** Part of a note under one heading; offsets are UTF-16 code units in the note's decoded text. */
export interface TextSection {
  readonly title: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const readableTypes = /^(?:text\/|application\/(?:xhtml\+xml|xml|json|rtf))/iu;

/** True for media whose text can be taken out; what says nothing of itself counts as plain text. */
export function isTextType(contentType: string | undefined): boolean {
  return readableTypes.test(textOf(contentType) ?? "text/plain");
}

function decodeBase64(data: string): Uint8Array | undefined {
  try {
    const binary = atob(data.replaceAll(/\s+/gu, ""));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

interface Decoded {
  readonly text: string;
  readonly form: "plain" | "markup" | "rtf";
}

function formOf(type: string, text: string): Decoded["form"] {
  // Some EHRs call RTF plain text; it says of itself what it is.
  if (/\b(?:rtf|richtext)\b/iu.test(type) || isRtf(text)) return "rtf";
  return /html|xml/iu.test(type) ? "markup" : "plain";
}

function decoded(attachment: Attachment | undefined): Decoded | undefined {
  const type = textOf(attachment?.contentType) ?? "text/plain";
  if (!readableTypes.test(type) || typeof attachment?.data !== "string") return undefined;
  const bytes = decodeBase64(attachment.data);
  if (bytes === undefined || bytes.length === 0) return undefined;
  const charset = /charset="?(?:iso-8859-1|latin-?1|windows-1252)/iu.test(type) ? "windows-1252" : "utf-8";
  const text = new TextDecoder(charset).decode(bytes);
  return { text, form: formOf(type, text) };
}

/** Text of a text attachment; undefined for other media (PDF, images), for text that is not there or cannot be decoded. */
export function attachmentText(attachment: Attachment | undefined): string | undefined {
  const content = decoded(attachment);
  if (content?.form === "rtf") return rtfText(content.text);
  return content?.form === "markup" ? plainText(content.text) : content?.text;
}

/** What the markup of an attachment says beside its text; empty where it is no markup. */
export function hiddenWords(attachment: Attachment | undefined): string {
  const content = decoded(attachment);
  return content?.form === "markup" ? wordsInMarkup(content.text) : "";
}

/** Headings by their form: `# Plan`, `[Findings]`, `S:`, `PLAN:`, and a line of capitals. Case counts. */
const formal =
  /^[ \t]*(?:#{1,4}[ \t]*(?<hash>[^\n#:]{1,60}?)[ \t]*:?[ \t]*$|\[(?<bracket>[^\]\n]{1,60})\]|(?<soap>[SOAP]):|(?<caps>[A-Z][A-Z /&-]{3,50}):|(?<line>[A-Z][A-Z0-9 ,/&-]{4,60})[ \t]*$)/gmu;
/** Headings by their words, in front of a colon. */
const named =
  /^[ \t]*(?<named>chief complaint|reason for (?:admission|visit)|history of present illness|hpi|past medical history|history|assessment(?: and plan)?|plan|impression|(?:operative )?findings|complications?|(?:discharge |patient |home )?instructions|follow[- ]?up|recommendations?|allergies|medications(?: at home| prior to admission)?|home medications|condition at discharge|discharge condition|hospital course|disposition|code status|diet|activity|wound care|subjective|objective|summary)[ \t]*:/gimu;

function headings(text: string): readonly RegExpExecArray[] {
  const matches = [...text.matchAll(formal), ...text.matchAll(named)].toSorted((a, b) => a.index - b.index);
  return matches.filter((match, index) => index === 0 || match.index !== matches[index - 1]?.index);
}

const soapTitles: Readonly<Record<string, string>> = { S: "Subjective", O: "Objective", A: "Assessment", P: "Plan" };

function titleOf(match: RegExpExecArray): string {
  const groups = match.groups ?? {};
  const soap = groups["soap"];
  if (soap !== undefined) return soapTitles[soap.toUpperCase()] ?? soap;
  return (groups["hash"] ?? groups["bracket"] ?? groups["caps"] ?? groups["line"] ?? groups["named"] ?? "").trim();
}

function section(text: string, title: string, from: number, to: number): readonly TextSection[] {
  const raw = text.slice(from, to);
  const body = raw.trim();
  if (body === "") return [];
  const start = from + raw.indexOf(body);
  return [{ title, text: body, start, end: start + body.length }];
}

/** The note's parts, in order; a note without headings is one part with an empty title. */
export function textSections(text: string): readonly TextSection[] {
  const matches = headings(text);
  const first = matches[0]?.index ?? text.length;
  const parts = [...section(text, "", 0, first)];
  for (const [index, match] of matches.entries()) {
    const from = match.index + match[0].length;
    parts.push(...section(text, titleOf(match), from, matches[index + 1]?.index ?? text.length));
  }
  return parts;
}
