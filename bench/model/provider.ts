/**
 * A provider in a process of its own: streams an honest hospital course for the facts that it is sent, a token at a time at a
 * steady rate, and remembers when each left.
 */
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { composeSentences } from "../../sandbox/model/compose.ts";
import { parsePrompt } from "../../sandbox/model/request.ts";

/** Epoch milliseconds with decimals, the same in every process. */
const clock = (): number => performance.timeOrigin + performance.now();
const tokensPerSecond = 100;
const tokenLength = 5;

export interface Told {
  /** When each token left, in order. */
  readonly sentAt: readonly number[];
  readonly tokens: readonly string[];
  /** For each token: how much of the sentences' own text is out once it is. */
  readonly visible: readonly number[];
}

/** Marks are put back as dates: neither counts as text that a reader waits for. */
const mark = /\[day -?\d+\*?\]/gu;
/** How much of a text is out behind each of its characters, marks left out. */
function outBehind(text: string): readonly number[] {
  const out: number[] = [];
  const marks = [...text.matchAll(mark)].map(({ index, 0: found }) => ({ start: index, end: index + found.length }));
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (!marks.some(({ start, end }) => at >= start && at < end)) count += 1;
    out.push(count);
  }
  return out;
}

/** Sentences without anything that is escaped in JSON. */
function answerTo(user: string): Omit<Told, "sentAt"> {
  const facts = parsePrompt(user)?.facts ?? [];
  const plain = composeSentences(facts, 1, "").filter(({ text }) => !/["\\⟨]|\[(?!day)/u.test(text));
  if (plain.length === 0) throw new Error("no plain sentence to stream");
  let raw = '{"sentences":[';
  const shown: number[] = Array.from({ length: raw.length }, () => 0);
  let total = 0;
  for (const [index, { text, factIds }] of plain.entries()) {
    const head = `${index === 0 ? "" : ","}{"text":"`;
    const tail = `","factIds":${JSON.stringify(factIds)}}`;
    for (let at = 0; at < head.length; at += 1) shown.push(total);
    const out = outBehind(text);
    shown.push(...out.map((count) => total + count));
    total += out.at(-1) ?? 0;
    for (let at = 0; at < tail.length; at += 1) shown.push(total);
    raw += head + text + tail;
  }
  raw += "]}";
  const tokens = raw.match(new RegExp(`[^]{1,${tokenLength}}`, "gu")) ?? [];
  let end = 0;
  const visible = tokens.map((token) => shown[Math.min((end += token.length), shown.length) - 1] ?? total);
  return { tokens, visible };
}

let told: Told = { sentAt: [], tokens: [], visible: [] };

const server = createServer((req, res) => {
  if (req.method === "GET") return void res.end(JSON.stringify(told));
  const pieces: Buffer[] = [];
  req.on("data", (piece: Buffer) => pieces.push(piece));
  req.on("end", () => {
    const body: unknown = JSON.parse(Buffer.concat(pieces).toString("utf8"));
    const messages: unknown = typeof body === "object" && body !== null ? Reflect.get(body, "messages") : undefined;
    const last: unknown = Array.isArray(messages) ? messages.at(-1) : undefined;
    const content: unknown = typeof last === "object" && last !== null ? Reflect.get(last, "content") : "";
    void stream(String(content));
  });

  async function stream(user: string): Promise<void> {
    const answer = answerTo(user);
    const sentAt: number[] = [];
    told = { sentAt, ...answer };
    res.writeHead(200, { "content-type": "text/event-stream" });
    res.socket?.setNoDelay(true);
    const startedAt = performance.now();
    for (const [index, token] of answer.tokens.entries()) {
      sentAt.push(clock());
      res.write(`data: ${JSON.stringify({ model: "bench", choices: [{ delta: { content: token } }] })}\n\n`);
      const dueInMs = startedAt + ((index + 1) * 1000) / tokensPerSecond - performance.now();
      if (dueInMs > 0) await sleep(dueInMs);
    }
    res.write(`data: ${JSON.stringify({ choices: [{ delta: {}, finish_reason: "stop" }] })}\n\ndata: [DONE]\n\n`);
    res.end();
  }
});
server.listen(0, "127.0.0.1", () => process.send?.(server.address()));
