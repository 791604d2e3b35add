/** Chunks of a streamed chat completion, as far as they matter here. */
import { z } from "zod";
import { ModelFailure } from "../failure.ts";

/** Tolerant: servers add members, leave `usage` null and send chunks without choices. */
const chunkSchema = z.object({
  model: z.string().nullish(),
  error: z.unknown().optional(),
  choices: z
    .array(
      z.object({ delta: z.object({ content: z.string().nullish() }).nullish(), finish_reason: z.string().nullish() }),
    )
    .nullish(),
  usage: z.object({ prompt_tokens: z.number().nullish(), completion_tokens: z.number().nullish() }).nullish(),
});

export type Chunk = z.infer<typeof chunkSchema>;

function parseJson(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    // The parser's own message quotes the text it could not read: it must not travel on as a cause.
    throw new ModelFailure("malformed", "a chunk is not JSON");
  }
}

/** Reads one `data:` line. Throws ModelFailure for what is no chunk, and for an error told in mid-stream. */
export function parseChunk(data: string): Chunk {
  const parsed = chunkSchema.safeParse(parseJson(data));
  if (!parsed.success) throw new ModelFailure("malformed", "a chunk has another shape");
  if (parsed.data.error !== undefined && parsed.data.error !== null)
    throw new ModelFailure("overloaded", "the provider reported an error in mid-stream");
  return parsed.data;
}

/** Only `stop` means that the answer is whole. Throws for every other reason. */
export function requireStop(reason: string | undefined): void {
  if (reason === "stop") return;
  if (reason === undefined) throw new ModelFailure("cut-off", "no finish reason");
  if (reason === "length") throw new ModelFailure("too-long", "finish reason length");
  throw new ModelFailure("withheld", "finish reason other than stop");
}
