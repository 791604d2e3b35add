/**
 * Reads `{"sentences":[{"text":"...","factIds":["..."]}]}` while it is being written: each sentence as soon as its object
 * closes, and the text of the open one as far as it has come.
 */
import { z } from "zod";
import { ModelFailure } from "./failure.ts";
import type { ModelSentence } from "../../core/verification/gate/check.ts";

export type SentenceEvent =
  /** More text of the sentence that is being written. */
  | { readonly kind: "text"; readonly text: string }
  /** The sentence is whole; its text came before as `text` events, all of it. */
  | { readonly kind: "sentence"; readonly sentence: ModelSentence };

export interface SentenceStream {
  /** Takes the next piece of the answer. Throws ModelFailure for what is no such object. */
  readonly push: (piece: string) => readonly SentenceEvent[];
  /** The answer is over. Throws ModelFailure unless it was one whole object. */
  readonly end: () => void;
}

const sentenceSchema = z.object({ text: z.string(), factIds: z.array(z.string()) });
const answerSchema = z.object({ sentences: z.array(sentenceSchema) });

const shapeError = (detail: string): ModelFailure => new ModelFailure("malformed", detail);

function parseWith<T>(schema: z.ZodType<T>, json: string): T {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw shapeError("the answer is not JSON");
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw shapeError("the answer has another shape");
  return parsed.data;
}

/** Where the scanner stands inside the JSON text. */
interface Scanner {
  depth: number;
  inString: boolean;
  escaped: boolean;
  /** Start of the sentence object that is open, if one is. */
  openedAt: number | undefined;
}

/** No sentence object is longer; a model that writes without end is stopped here. */
const longestObject = 8000;
/** Depth of a sentence object: the answer is 1, its array 2. */
const sentenceDepth = 3;

function step(scanner: Scanner, char: string): void {
  if (scanner.inString) {
    if (scanner.escaped) scanner.escaped = false;
    else if (char === "\\") scanner.escaped = true;
    else if (char === '"') scanner.inString = false;
    return;
  }
  if (char === '"') scanner.inString = true;
  else if (char === "{" || char === "[") scanner.depth += 1;
  else if (char === "}" || char === "]") scanner.depth -= 1;
}

const openText = /"text"\s*:\s*"((?:[^"\\]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*)/u;

/** Text of a sentence as far as it is written; an escape or a surrogate pair that is cut in two waits for its rest. */
function textSoFar(openObject: string): string {
  const raw = openText.exec(openObject)?.[1];
  if (raw === undefined) return "";
  let text: unknown;
  try {
    text = JSON.parse(`"${raw}"`);
  } catch {
    return "";
  }
  return typeof text === "string" ? text.replace(/[\uD800-\uDBFF]$/u, "") : "";
}

/** A reader for one answer. */
export function createSentenceStream(): SentenceStream {
  let answer = "";
  let sent = 0;
  const scanner: Scanner = { depth: 0, inString: false, escaped: false, openedAt: undefined };

  const progress = (text: string): readonly SentenceEvent[] => {
    if (text.length <= sent) return [];
    const event = { kind: "text", text: text.slice(sent) } as const;
    sent = text.length;
    return [event];
  };

  const close = (openedAt: number, end: number): readonly SentenceEvent[] => {
    const sentence = parseWith(sentenceSchema, answer.slice(openedAt, end));
    const events: SentenceEvent[] = [...progress(sentence.text), { kind: "sentence", sentence }];
    sent = 0;
    return events;
  };

  return {
    push: (piece) => {
      const start = answer.length;
      answer += piece;
      const events: SentenceEvent[] = [];
      for (let at = start; at < answer.length; at += 1) {
        const before = scanner.depth;
        step(scanner, answer.charAt(at));
        if (scanner.depth === sentenceDepth && before < sentenceDepth && answer.charAt(at) === "{")
          scanner.openedAt = at;
        if (scanner.depth < sentenceDepth && before === sentenceDepth && scanner.openedAt !== undefined) {
          events.push(...close(scanner.openedAt, at + 1));
          scanner.openedAt = undefined;
        }
      }
      if (scanner.openedAt !== undefined) {
        if (answer.length - scanner.openedAt > longestObject) throw shapeError("a sentence is too long");
        events.push(...progress(textSoFar(answer.slice(scanner.openedAt))));
      }
      return events;
    },
    end: () => void parseWith(answerSchema, answer.trim()),
  };
}
