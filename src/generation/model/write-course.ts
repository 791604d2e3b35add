/** Streams the model's course through the gate: text as it comes, void again as soon as a sentence is refused. */
import { AdapterError } from "../../core/errors.ts";
import type { SectionId } from "../../core/summary/summary.ts";
import type { GenerationEvent } from "../summary-generator.ts";
import type { Course } from "./course.ts";
import type { ModelCompletion, ModelPrompt, ModelProvider } from "./provider.ts";
import type { SentenceEvent } from "./sentence-stream.ts";
import { createSentenceStream } from "./sentence-stream.ts";

const section: SectionId = "course";
/** More is no summary but a model that repeats itself. */
const mostSentences = 80;

/** What a reader has been shown of the course so far. */
interface Shown {
  /** Text of the open sentence has been sent. */
  open: boolean;
  /** Anything has been sent since the last reset. */
  any: boolean;
}

function* show(text: string, shown: Shown): Generator<GenerationEvent> {
  if (text === "") return;
  const lead = shown.any && !shown.open ? " " : "";
  shown.any = true;
  shown.open = true;
  yield { kind: "delta", section, text: `${lead}${text}` };
}

/** Voids what was sent and sends again what stands, so that refused text is never left in sight. */
function* takeBack(course: Course, shown: Shown): Generator<GenerationEvent> {
  shown.any = false;
  shown.open = false;
  yield { kind: "reset", section };
  yield* show(course.text(), shown);
  shown.open = false;
}

function* handle(event: SentenceEvent, course: Course, shown: Shown): Generator<GenerationEvent> {
  if (event.kind === "text") return yield* show(event.text, shown);
  const stands = course.add(event.sentence);
  if (!stands) return yield* takeBack(course, shown);
  shown.open = false;
}

/**
 * Runs one prompt. Yields deltas and resets of the course; returns what the provider says of the call. Throws as the
 * provider does, and AdapterError `model_failed` for an answer that is not one whole object of sentences.
 */
export async function* writeCourse(
  provider: ModelProvider,
  prompt: ModelPrompt,
  course: Course,
): AsyncGenerator<GenerationEvent, ModelCompletion> {
  const sentences = createSentenceStream();
  const shown: Shown = { open: false, any: false };
  const answer = provider.stream(prompt);
  let count = 0;
  try {
    for (;;) {
      const next = await answer.next();
      if (next.done === true) {
        sentences.end();
        return next.value;
      }
      for (const event of sentences.push(next.value)) {
        yield* handle(event, course, shown);
        if (event.kind === "sentence") count += 1;
        if (count > mostSentences) throw new AdapterError("model_failed", { detail: "too many sentences" });
      }
    }
  } finally {
    // Reached by cancel and by every error too: the provider closes its socket.
    await answer.return({ model: provider.model }).catch(() => undefined);
  }
}
