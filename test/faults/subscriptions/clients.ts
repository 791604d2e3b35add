/** Clients of the subscription server that live through its restarts: all they keep is the number of their last event. */
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Bundle, Parameters } from "fhir/r4.js";
import { WebSocket } from "ws";

export interface SubscriptionClient {
  readonly base: string;
  readonly token: string;
  readonly subscription: string;
}

/** A number and what it was about. */
export interface Told {
  readonly number: number;
  readonly focus: string;
}

const retryMs = 50;

/** Asks until the server is there to answer. */
export async function ask({ base, token }: Pick<SubscriptionClient, "base" | "token">, path: string): Promise<unknown> {
  for (;;) {
    try {
      const answer = await fetch(`${base}/fhir/${path}`, { headers: { authorization: `Bearer ${token}` } });
      if (answer.ok) return await answer.json();
    } catch {
      // Nobody listens just now.
    }
    await delay(retryMs);
  }
}

export function toldBy(bundle: Bundle): readonly Told[] {
  const status = bundle.entry?.[0]?.resource as Parameters;
  return (status.parameter ?? []).flatMap(({ name, part = [] }) => {
    if (name !== "notification-event") return [];
    const number = Number(part.find((one) => one.name === "event-number")?.valueString);
    return [{ number, focus: part.find((one) => one.name === "focus")?.valueReference?.reference ?? "" }];
  });
}

/** Pulls until so many are kept, at most `atOnce` in one answer. What an answer that broke off held is asked for anew. */
export async function pull(client: SubscriptionClient, until: number, atOnce: number): Promise<readonly Told[]> {
  const kept: Told[] = [];
  while (kept.length < until) {
    const from = (kept.at(-1)?.number ?? 0) + 1;
    const range = `eventsSinceNumber=${from}&eventsUntilNumber=${from + atOnce - 1}&wait=1`;
    kept.push(...toldBy((await ask(client, `Subscription/${client.subscription}/$events?${range}`)) as Bundle));
  }
  return kept;
}

/** Listens on a websocket, comes back when it breaks, and closes the gap by $events. Keeps each number once. */
export async function listenOn(client: SubscriptionClient, until: number): Promise<ReadonlyMap<number, string>> {
  const { base, subscription } = client;
  const kept = new Map<number, string>();
  const keep = (told: readonly Told[]): void => told.forEach(({ number, focus }) => kept.set(number, focus));
  while (kept.size < until) {
    const issued = (await ask(client, `Subscription/${subscription}/$get-ws-binding-token`)) as Parameters;
    const token = issued.parameter?.find(({ name }) => name === "token")?.valueString ?? "";
    const socket = new WebSocket(`${base.replace("http", "ws")}/fhir/ws`);
    const closed = once(socket, "close");
    socket.on("error", () => undefined);
    socket.on("open", () => socket.send(`bind-with-token ${token}`));
    socket.on("message", (data: Buffer) => {
      const told = toldBy(JSON.parse(data.toString()) as Bundle);
      keep(told);
      // The first word is the handshake: what happened before it and was missed is asked for.
      if (told.length === 0) void missed().catch(() => socket.terminate());
      if (kept.size >= until) socket.close();
    });
    async function missed(): Promise<void> {
      for (;;) {
        const path = `Subscription/${subscription}/$events?eventsSinceNumber=${firstGap(kept)}`;
        const told = toldBy((await ask(client, path)) as Bundle);
        if (told.every(({ number }) => kept.has(number))) break;
        keep(told);
      }
      if (kept.size >= until) socket.close();
    }
    await closed.catch(() => undefined);
  }
  return kept;
}

function firstGap(kept: ReadonlyMap<number, string>): number {
  let number = 1;
  while (kept.has(number)) number += 1;
  return number;
}
