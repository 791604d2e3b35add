/** Websockets in bulk, each with a Subscription bound, that count what they are told. */
import { once } from "node:events";
import type { Parameters } from "fhir/r4.js";
import { WebSocket } from "ws";

export interface Sockets {
  /** Resolves when every socket has been told of so many events more. */
  told(events: number): Promise<void>;
  close(): void;
}

async function tokenOf(base: string, tenant: string, client: string, subscription: string): Promise<string> {
  const answer = await fetch(`${base}/fhir/Subscription/${subscription}/$get-ws-binding-token`, {
    headers: { authorization: `Bearer ${tenant}:${client}` },
  });
  const parameters = (await answer.json()) as Parameters;
  const token = parameters.parameter?.find(({ name }) => name === "token")?.valueString;
  if (token === undefined) throw new Error(`no token: ${JSON.stringify(parameters)}`);
  return token;
}

/** @param each the client and Subscription of each socket */
export async function openSockets(
  base: string,
  tenant: string,
  each: readonly { readonly client: string; readonly subscription: string }[],
): Promise<Sockets> {
  let heard = 0;
  let awaited = { count: each.length, resolve: (): void => undefined };
  const opened: WebSocket[] = [];
  const until = async (count: number): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    awaited = { count, resolve };
    if (heard >= count) resolve();
    await promise;
  };
  for (const { client, subscription } of each) {
    const socket = new WebSocket(`${base.replace("http", "ws")}/fhir/ws`);
    socket.on("message", () => {
      heard += 1;
      if (heard >= awaited.count) awaited.resolve();
    });
    await once(socket, "open");
    socket.send(`bind-with-token ${await tokenOf(base, tenant, client, subscription)}`);
    opened.push(socket);
  }
  await until(each.length);
  return {
    told: async (events) => until(heard + events * each.length),
    close: () => opened.forEach((socket) => socket.terminate()),
  };
}
