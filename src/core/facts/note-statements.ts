/**
 * What notes say, as statements with their exact place: problems, medicines with doses, vital signs, code status, diet,
 * activity, follow-up, and findings that somebody should look at again. A statement never stands for an entry of the chart:
 * sections list it with its source where the chart has none of its own.
 */
import type { Fact, NoteSection, StatementKind } from "../chart/facts.ts";
import { lateralityOf } from "./concept.ts";
import { defined } from "./defined.ts";
import type { FactDraft } from "./draft.ts";
import { assertionIn, headingOf } from "./note-assertion.ts";

interface Piece {
  readonly text: string;
  /** Offset in the section's text. */
  readonly start: number;
  /** A line of a list, or a part of an enumeration. */
  readonly listed: boolean;
}

const bullet = /^[ \t]*(?:[-*•+]|\(?\d{1,2}[.)])[ \t]+/u;

function trimmed(text: string, start: number, listed: boolean): readonly Piece[] {
  const body = text.trim().replace(/[.;,]+$/u, "");
  return body === "" ? [] : [{ text: body, start: start + text.indexOf(body), listed }];
}

function split(text: string, from: number, separator: RegExp, listed: boolean): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(separator)) {
    pieces.push(...trimmed(text.slice(at, match.index), from + at, listed));
    at = match.index + match[0].length;
  }
  return [...pieces, ...trimmed(text.slice(at), from + at, listed)];
}

/** Lines of lists as they are, other lines by sentences. */
function piecesOf(text: string): readonly Piece[] {
  return [...text.matchAll(/[^\n]+/gu)].flatMap(({ 0: line, index }) => {
    const mark = bullet.exec(line)?.[0];
    if (mark !== undefined) return trimmed(line.slice(mark.length), index + mark.length, true);
    return split(line, index, /(?<=[.!?])\s+(?=[A-ZÄÖÜ]|\d)/gu, false);
  });
}

/** Parts of an enumeration: "HTN, T2DM and gout". */
function parted(piece: Piece): readonly Piece[] {
  // Where something stronger parts them, a comma belongs to a name: "Asthma, unspecified [J45.9]; Obesity".
  if (piece.text.includes(";")) return split(piece.text, piece.start, /\s*;\s+/gu, true);
  if (/\[[A-Z]\d/u.test(piece.text)) return [piece];
  const parts = /\s*,\s+(?:(?:and|und)\s+)?|\s+(?:and|und)\s+/giu;
  if (piece.text.includes(", ")) return split(piece.text, piece.start, parts, true);
  // "Disorders of lipoprotein metabolism and other lipidemias" is one name.
  const isShort = piece.text.split(/\s+/u).length <= 5;
  return isShort ? split(piece.text, piece.start, parts, true) : [piece];
}

/** Words in front of an amount that name no medicine. */
const noDrug =
  "(?:above|about|after|before|below|blood|discharge|drained|each|every|from|gain[a-zß-ž]*|glucose|h(?:a)?emoglobin|least|less|loss|lost|more|over|still|than|total|under|until|urine|weigh[a-zß-ž]*|with|within|gewicht|unter|über|nach)";
const drug = new RegExp(
  `(?<![a-zß-ž-])(?!${noDrug}(?![a-zß-ž]))[a-zß-ž][a-zß-ž-]{3,}(?: (?!${noDrug}(?![a-zß-ž]))[a-zß-ž][a-zß-ž-]{3,})? \\d+(?:[.,]\\d+)? ?(?:mg|mcg|µg|g|units?|IU|IE|I\\.E\\.|mEq)(?![a-zß-ž/])(?:[^.;,\\n]{0,60}?(?<![a-zß-ž])(?:daily|bid|tid|qid|qd|prn|q\\d{1,2}h|once|twice|times daily|nightly|weekly|hours|täglich|wöchentlich|\\d(?:-\\d){2,3})(?![a-zß-ž]))?`,
  "giu",
);
const vital =
  /\b(?:BP|RR|blood pressure|blutdruck)[: ]{1,2}\d{2,3}\/\d{2,3}(?: ?mmHg)?|\b(?:HR|pulse|heart rate|HF|puls)[: ]{1,2}\d{2,3}\b(?: ?(?:bpm|\/min))?|\b(?:temp(?:erature|eratur)?|T)[: ]{1,2}\d{2}(?:[.,]\d)? ?°?[CF]?\b|\bSpO2[: ]{1,2}\d{2,3} ?%|\b(?:weight|gewicht)[: ]{1,2}\d{1,3}(?:[.,]\d)? ?kg\b/giu;
const codeStatus =
  /\b(?:full code|DNR(?:\/DNI)?|DNI|do not (?:attempt )?(?:resuscitate|intubate)|comfort (?:care|measures) only|keine reanimation|volle therapie)\b/giu;
const incidental =
  /\b(?:incidental(?:ly|oma)?|zufallsbefund)\b|\b(?:nodule|cyst|lesion|aneurysm|rundherd)\b[^.]{0,100}\b(?:follow[- ]?up|repeat|surveillance|recommend\w*|kontrolle)\b/iu;
const followUp =
  /\b(?:follow[- ]?up (?:with|in|at)|repeat (?:imaging|ct|mri|labs?|blood|x-?ray|colonoscopy)|(?:see|return to) (?:clinic|pcp|primary care))\b|kontrolle (?:in|beim|bei)|wiedervorstellung/iu;
const diet =
  /\b(?:(?:low|no)[- ](?:sodium|salt|fat|sugar)|cardiac|renal|diabetic|regular|liquid|soft|npo|natriumarme?|leichte) (?:diet|kost)\b/giu;
const activity =
  /\b(?:weight[- ]bearing as tolerated|non[- ]?weight[- ]?bearing|activity as tolerated|bed rest|no (?:heavy )?lifting[^.;\n]{0,40}|bettruhe|vollbelastung|teilbelastung)\b/giu;

interface Found {
  readonly kind: StatementKind;
  readonly piece: Piece;
}

function matches(kind: StatementKind, text: string, pattern: RegExp): readonly Found[] {
  return [...text.matchAll(pattern)].map((match) => ({
    kind,
    piece: { text: match[0], start: match.index, listed: false },
  }));
}

/** Longer is a story, not a name. */
const longestProblem = 80;

function problems(title: string, pieces: readonly Piece[]): readonly Found[] {
  const { holdsProblems, enumerates } = headingOf(title);
  if (!holdsProblems) return [];
  // A comma in a list of lines belongs to a name ("Asthma, unspecified"); in a single line it parts two.
  const candidates = pieces.flatMap((piece) => {
    if (piece.listed || (enumerates && pieces.length > 1)) return [piece];
    return enumerates ? parted(piece) : [];
  });
  return candidates
    .filter(
      ({ text }) =>
        text.length <= longestProblem && /^[a-zß-ž].*[a-zß-ž]/iu.test(text) && !/(?<=[a-zß-ž]{3})[.!?:]\s/iu.test(text),
    )
    .map((piece) => ({ kind: "problem" as const, piece }));
}

function found({ title, text }: NoteSection): readonly Found[] {
  const pieces = piecesOf(text);
  const { kind } = headingOf(title);
  const sentence = (of: StatementKind, pattern: RegExp): readonly Found[] =>
    pieces.filter((piece) => pattern.test(piece.text)).map((piece) => ({ kind: of, piece }));
  const headed = kind === undefined ? [] : pieces.map((piece) => ({ kind, piece }));
  return [
    ...problems(title, pieces),
    ...matches("drug", text, drug),
    ...matches("vital", text, vital),
    ...headed,
    ...(kind === "code-status" ? [] : matches("code-status", text, codeStatus)),
    ...(kind === "diet" ? [] : matches("diet", text, diet)),
    ...(kind === "activity" ? [] : matches("activity", text, activity)),
    ...(kind === "follow-up" ? [] : sentence("follow-up", followUp)),
    ...sentence("incidental", incidental),
  ];
}

/** Statements of one part of a note, in the order of their kinds and places. */
function statementsOf(note: Fact, section: NoteSection): readonly FactDraft[] {
  const base = section.evidence.span?.start ?? 0;
  return found(section).map(({ kind, piece }) => {
    const { text } = piece;
    const start = base + piece.start;
    return defined<FactDraft>({
      kind: "statement",
      text: `${note.label}: "${text}"`,
      label: text,
      codes: [],
      time: note.time,
      status: note.status,
      assertion: assertionIn(section.text, piece, section.title),
      period: note.period,
      laterality: lateralityOf(text),
      evidence: [{ ...section.evidence, value: text, span: { start, end: start + text.length } }],
      statement: { kind, note: note.id },
    });
  });
}

/**
 * One fact a statement of a note of this stay: as written, to the character, at `evidence.span`. None of a note that addresses
 * a machine. Another stay's notes are history, and their problems stand in the problem list.
 */
export function statementFacts(note: Fact): readonly FactDraft[] {
  if (note.note === undefined || note.note.suspicious || note.period !== "this-stay") return [];
  return note.note.sections.flatMap((section) => statementsOf(note, section));
}
