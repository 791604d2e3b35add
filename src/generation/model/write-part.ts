/** Streams one part of a model through the gate: text as it comes, void again as soon as a sentence is refused. */
import type { SectionId } from "../../core/summary/summary.ts";
import type { GenerationEvent } from "../summary-generator.ts";
import { createCanaryWatch } from "./canary.ts";
import type { RestoringStream } from "./disclosure/restoring-stream.ts";
import { createRestoringStream } from "./disclosure/restoring-stream.ts";
import { ModelFailure } from "./failure.ts";
import type { ModelCompletion, ModelPrompt, ModelProvider } from "./provider.ts";
import type { DraftRound } from "./section-draft.ts";
import type { SentenceEvent } from "./sentence-stream.ts";
import { createSentenceStream } from "./sentence-stream.ts";

export interface PartWriting {
  readonly section: SectionId;
  readonly round: DraftRound;
  /** Text of all that stands. */
  readonly text: () => string;
  readonly mostSentences: number;
  /** A word of the instruction that no answer may hold. */
  readonly canary: string;
  /** Puts back what was taken out of the facts. */
  readonly restore: (text: string) => string;
}

/** What a reader has been shown of the section so far. */
interface Shown {
  /** Text of the open sentence has been sent. */
  open: boolean;
  /** Anything has been sent since the last reset. */
  any: boolean;
}

function* show(text: string, section: SectionId, shown: Shown): Generator<GenerationEvent> {
  if (text === "") return;
  const lead = shown.any && !shown.open ? "\n" : "";
  shown.any = true;
  shown.open = true;
  yield { kind: "delta", section, text: `${lead}${text}` };
}

/** Voids what was sent and sends again what stands, so that refused text is never left in sight. */
function* takeBack({ text, section }: PartWriting, shown: Shown): Generator<GenerationEvent> {
  shown.any = false;
  shown.open = false;
  yield { kind: "reset", section };
  yield* show(text(), section, shown);
  shown.open = false;
}

function* handle(
  event: SentenceEvent,
  writing: PartWriting,
  shown: Shown,
  restored: RestoringStream,
): Generator<GenerationEvent> {
  if (event.kind === "text") return yield* show(restored.push(event.text), writing.section, shown);
  yield* show(restored.flush(), writing.section, shown);
  const stands = writing.round.add({ ...event.sentence, text: writing.restore(event.sentence.text) });
  if (!stands) return yield* takeBack(writing, shown);
  shown.open = false;
}

/**
 * Runs one prompt. Yields deltas and resets of the section; returns what the provider says of the call. Throws as the
 * provider does, and ModelFailure for an answer that is not one whole object of sentences.
 */
export async function* writePart(
  provider: ModelProvider,
  prompt: ModelPrompt,
  writing: PartWriting,
  onAnswer: (piece: string) => void = () => undefined,
): AsyncGenerator<GenerationEvent, ModelCompletion> {
  const sentences = createSentenceStream();
  const restored = createRestoringStream(writing.restore);
  const shown: Shown = { open: false, any: false };
  const answer = provider.stream(prompt);
  const watch = createCanaryWatch(writing.canary);
  let count = 0;
  try {
    for (;;) {
      const next = await answer.next();
      if (next.done === true) {
        sentences.end();
        return next.value;
      }
      watch(next.value);
      onAnswer(next.value);
      for (const event of sentences.push(next.value)) {
        yield* handle(event, writing, shown, restored);
        if (event.kind === "sentence") count += 1;
        if (count > writing.mostSentences) throw new ModelFailure("malformed", "too many sentences");
      }
    }
  } finally {
    // Reached by cancel and by every error too: the provider closes its socket.
    await answer.return({ model: provider.model }).catch(() => undefined);
  }
}
