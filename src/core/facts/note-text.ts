/** Notes as text: decoding attachments, taking tags off narratives, and finding the headings. */
import type { Attachment, Binary } from "fhir/r4.js";
import { textOf } from "../chart/readable.ts";

/** Part of a note under one heading; offsets are UTF-16 code units in the note's decoded text. */
export interface TextSection {
  readonly title: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const readableTypes = /^(?:text\/|application\/(?:xhtml\+xml|xml|json))/iu;

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
  readonly isMarkup: boolean;
}

function decoded(attachment: Attachment | undefined, binary: Binary | undefined): Decoded | undefined {
  const type = textOf(attachment?.contentType) ?? textOf(binary?.contentType) ?? "text/plain";
  if (!readableTypes.test(type)) return undefined;
  const data = typeof attachment?.data === "string" ? attachment.data : binary?.data;
  const bytes = data === undefined ? undefined : decodeBase64(data);
  if (bytes === undefined || bytes.length === 0) return undefined;
  const charset = /charset=(?:iso-8859-1|latin-?1|windows-1252)/iu.test(type) ? "windows-1252" : "utf-8";
  return { text: new TextDecoder(charset).decode(bytes), isMarkup: /html|xml/iu.test(type) };
}

/** Text of a text attachment; undefined for other media (PDF, images), for text that is not there or cannot be decoded. */
export function attachmentText(attachment: Attachment | undefined, binary?: Binary): string | undefined {
  const content = decoded(attachment, binary);
  return content?.isMarkup === true ? plainText(content.text) : content?.text;
}

/** What markup says beside its text, where only a program looks: comments, and the values of attributes. */
export function wordsInMarkup(html: string): string {
  const comments = [...html.matchAll(/<!--(?<words>.*?)(?:-->|$)/gsu)];
  const attributes = [...html.matchAll(/<[a-z][^>]*>/giu)].flatMap((tag) => [
    ...tag[0].matchAll(/\s[\w:-]+\s*=\s*(?:"(?<words>[^"]*)"|'(?<quoted>[^']*)')/gu),
  ]);
  return [...comments, ...attributes].map(({ groups = {} }) => groups["words"] ?? groups["quoted"] ?? "").join("\n");
}

/** The same of an attachment; empty where it is no markup. */
export function hiddenWords(attachment: Attachment | undefined, binary?: Binary): string {
  const content = decoded(attachment, binary);
  return content?.isMarkup === true ? wordsInMarkup(content.text) : "";
}

const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  "#160": " ",
  deg: "°",
};

/** Text of an XHTML narrative: block ends become line breaks, tags go, entities become characters. */
export function plainText(html: string): string {
  return html
    .replaceAll(/<(?:br|\/p|\/div|\/li|\/tr|\/h\d)[^>]*>/giu, "\n")
    .replaceAll(/<\/t[dh]>/giu, " ")
    .replaceAll(/<[^>]*>/gu, "")
    .replaceAll(
      /&(#?\w+);/gu,
      (whole, name: string) =>
        entities[name] ?? (/^#\d+$/u.test(name) ? String.fromCodePoint(Number(name.slice(1))) : whole),
    )
    .replaceAll(/[ \t]+/gu, " ")
    .trim();
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
