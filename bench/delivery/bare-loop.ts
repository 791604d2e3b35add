/** What deliveries are measured against: `http.request` and an HMAC in a loop, and nothing else. */
import { createHmac } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Receiver } from "./receiver-process.ts";

export const bareName = "bare loop: http.request and HMAC, same size, no database";
const key = Buffer.alloc(32, 7);

/** One signed POST by Node's own client, its answer read to the end. */
async function post(agent: Agent, url: string, id: string, body: Buffer): Promise<void> {
  const seconds = Math.floor(Date.now() / 1000);
  const mac = createHmac("sha256", key).update(`${id}.${seconds}.`).update(body).digest("base64");
  const headers = {
    "content-length": body.length,
    "webhook-id": id,
    "webhook-timestamp": seconds,
    "webhook-signature": `v1,${mac}`,
  };
  const sent = request(url, { agent, method: "POST", headers });
  sent.end(body);
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  await once(answer.resume(), "end");
}

/** Sends `count` bodies, `concurrency` at a time. @returns requests per second */
export async function bareRate(
  receiver: Receiver,
  count: number,
  concurrency: number,
  bodyBytes: number,
): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const body = Buffer.from(JSON.stringify({ padding: "x".repeat(bodyBytes) }));
  const done = receiver.counted(count);
  const startedAtMs = Date.now();
  let left = count;
  const send = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await post(agent, `${receiver.url}/bare`, `evt_${left}`, body);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, send));
  const perSecond = (count * 1000) / ((await done) - startedAtMs);
  agent.destroy();
  return perSecond;
}

/** What a POST takes by itself, in ms: the floor of any arrival. */
export async function bareArrivals(receiver: Receiver, total: number, perSecond: number): Promise<readonly number[]> {
  const arrived = receiver.arrivals(total);
  const agent = new Agent({ keepAlive: true });
  const sentAtMs = new Map<string, number>();
  for (let index = 0; index < total; index += 1) {
    const id = `bare_${index}`;
    sentAtMs.set(id, performance.timeOrigin + performance.now());
    await post(agent, `${receiver.url}/timed`, id, Buffer.from("{}"));
    await delay(1000 / perSecond);
  }
  const atMs = await arrived;
  agent.destroy();
  return [...atMs].map(({ id, atMs: at }) => Math.max(0, at - (sentAtMs.get(id) ?? at)));
}
