/** Body of a chat completion request. */
import type { ModelPrompt } from "../provider.ts";
import { sampling } from "../provider.ts";

/** How the shape of the answer is asked for; the second is for servers that refuse the first. */
export type AnswerFormat = "json_schema" | "json_object";

function responseFormat(format: AnswerFormat, schema: ModelPrompt["schema"]): object {
  if (format === "json_object") return { type: "json_object" };
  return { type: "json_schema", json_schema: { name: "sentences", strict: true, schema } };
}

/** Without a schema in the request the shape stands in the instruction; most servers insist on the word JSON there. */
function systemText(prompt: ModelPrompt, format: AnswerFormat): string {
  if (format === "json_schema") return prompt.system;
  return `${prompt.system}\nAnswer with one JSON object that satisfies this JSON Schema: ${JSON.stringify(prompt.schema)}`;
}

/** `store: false`: the provider keeps nothing. Temperature 0 and a fixed seed: as repeatable as a model gets. */
export function requestBody(prompt: ModelPrompt, model: string, format: AnswerFormat): string {
  return JSON.stringify({
    model,
    messages: [
      { role: "system", content: systemText(prompt, format) },
      { role: "user", content: prompt.user },
    ],
    response_format: responseFormat(format, prompt.schema),
    stream: true,
    stream_options: { include_usage: true },
    store: false,
    ...sampling,
    max_tokens: prompt.maxOutputTokens,
  });
}
