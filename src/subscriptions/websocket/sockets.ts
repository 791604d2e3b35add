/**
 * The websocket channel (backport, channels): clients connect, bind Subscriptions by token, and are told of what happens from
 * then on. Nothing is sent from memory: each bound Subscription reads its own events, and is looked at when the log moves on.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import { WebSocketServer } from "ws";
import type { Pool } from "../../db/database.ts";
import { run } from "../../db/query.ts";
import type { WakeUp } from "../../events/event-log.ts";
import type { Loop } from "../../events/loop.ts";
import { startLoop } from "../../events/loop.ts";
import type { Channels, ChannelState } from "../endpoints.ts";
import { readSubscriptionRow } from "../store.ts";
import type { BindingTokens, Grant } from "./binding-tokens.ts";
import type { TellDependencies } from "./bound.ts";
import { Bound } from "./bound.ts";
import type { ConnectionSettings } from "./connection.ts";
import { closeCodes, Connection, defaultConnectionSettings } from "./connection.ts";

export interface SocketsDependencies extends TellDependencies {
  readonly pool: Pool;
  readonly channels: Channels;
  readonly tokens: BindingTokens;
  readonly wakeUp: Pick<WakeUp, "subscribe">;
  /** Whether a source address may connect at all. */
  readonly admits: (remoteAddress: string | undefined) => boolean;
  /** Whether an API client is still one of the tenant's, from this address. */
  readonly isStillCaller: (tenant: string, client: string, remoteAddress: string | undefined) => boolean;
  readonly onError: (thrown: unknown) => void;
  readonly settings?: Partial<SocketsSettings>;
}

export interface SocketsSettings extends ConnectionSettings {
  /** Of this process. */
  readonly mostConnections: number;
  /** Of one API client in this process. */
  readonly mostPerClient: number;
  /** Hints may be lost or early: what is bound is looked at this often. */
  readonly lookMs: number;
  /** Who may no longer be told is noticed this soon. */
  readonly recheckMs: number;
}

const defaultSettings: SocketsSettings = {
  ...defaultConnectionSettings,
  mostConnections: 5000,
  mostPerClient: 100,
  lookMs: 250,
  recheckMs: 15_000,
};

/** A token is short: nobody needs to make us hold more. */
const longestMessageBytes = 1024;

interface Client {
  readonly connection: Connection;
  /** Whose it is, since its first token: another tenant's or client's binds nothing on it. */
  owner?: { readonly tenant: string; readonly client: string };
  readonly bound: Map<string, Bound>;
}

export class Sockets {
  readonly #deps: SocketsDependencies;
  readonly #settings: SocketsSettings;
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: longestMessageBytes,
    // A compressor for each socket costs more memory than notifications do.
    perMessageDeflate: false,
    clientTracking: false,
  });
  readonly #clients = new Set<Client>();
  readonly #loop: Loop;
  readonly #unsubscribe: () => void;
  #checkedAtMs = 0;
  #isDraining = false;

  constructor(deps: SocketsDependencies) {
    this.#deps = deps;
    this.#settings = { ...defaultSettings, ...deps.settings };
    this.#loop = startLoop({ turn: async () => this.#look(), pollMs: this.#settings.lookMs, onError: deps.onError });
    this.#unsubscribe = deps.wakeUp.subscribe("sequenced", () => this.#loop.wake());
  }

  /** Open connections. */
  get size(): number {
    return this.#clients.size;
  }

  /** Takes over a connection that asks to become a websocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { remoteAddress } = request.socket;
    if (!this.#deps.admits(remoteAddress)) return refuse(socket, "403 Forbidden");
    const isFull = this.#isDraining || this.#clients.size >= this.#settings.mostConnections;
    if (isFull) return refuse(socket, "503 Service Unavailable", "Retry-After: 5\r\n");
    this.#server.handleUpgrade(request, socket, head, (opened) => this.#open(opened, remoteAddress));
  }

  /** Sends everybody away; they come back to another replica, and close the gap by `$events`. */
  drain(): void {
    this.#isDraining = true;
    for (const { connection } of this.#clients) connection.close(closeCodes.goingAway, "this replica goes down");
  }

  async close(): Promise<void> {
    this.drain();
    this.#unsubscribe();
    await this.#loop.stop();
    for (const { connection } of this.#clients) connection.terminate();
    this.#server.close();
  }

  #open(socket: WebSocket, remoteAddress: string | undefined): void {
    const onMessage = async (text: string): Promise<void> => this.#receive(client, text);
    const connection = new Connection(socket, remoteAddress, onMessage, this.#settings);
    const client: Client = { connection, bound: new Map() };
    this.#clients.add(client);
    connection.onClose(() => this.#clients.delete(client));
    connection.expectBinding(() => client.bound.size > 0);
  }

  /** `bind-with-token <token>`; again for more Subscriptions, or for the same anew. */
  async #receive(client: Client, text: string): Promise<void> {
    const token = /^bind-with-token:?\s+(?<token>\S+)\s*$/u.exec(text)?.groups?.["token"];
    if (token === undefined) return client.connection.close(closeCodes.policy, "bind-with-token is expected");
    const grant = await this.#deps.tokens.redeem(token);
    if (grant === undefined || !this.#mayBind(client, grant))
      return client.connection.close(closeCodes.policy, "this token binds nothing");
    client.owner = { tenant: grant.tenant, client: grant.client };
    await this.#bind(client, grant);
  }

  #mayBind({ connection, owner }: Client, { tenant, client }: Grant): boolean {
    if (owner !== undefined && (owner.tenant !== tenant || owner.client !== client)) return false;
    const others = [...this.#clients].filter(({ owner: of }) => of?.tenant === tenant && of.client === client);
    if (owner === undefined && others.length >= this.#settings.mostPerClient) return false;
    return this.#deps.isStillCaller(tenant, client, connection.remoteAddress);
  }

  /** One handshake for each Subscription of the token that is still there. */
  async #bind(client: Client, { tenant, client: name, subscriptions }: Grant): Promise<void> {
    const states = await this.#deps.channels.read(tenant, subscriptions);
    for (const subscription of subscriptions) {
      const state = states.get(subscription);
      if (state === undefined || state.status === "removed") continue;
      // Bound again it goes on where it was: a new cursor could pass over what is being told.
      const bound =
        client.bound.get(subscription) ??
        new Bound({ tenant, client: name, subscription }, client.connection, state, this.#deps);
      if (!(await this.#isKept(bound))) continue;
      await bound.handshake(state);
      client.bound.set(subscription, bound);
    }
    if (client.bound.size === 0) client.connection.close(closeCodes.normal, "no such Subscription any more");
  }

  /** Whether its Subscription is there and wanted; takes up its heartbeat by the way. */
  async #isKept(bound: Bound): Promise<boolean> {
    const [row] = await run(this.#deps.pool, readSubscriptionRow, bound.tenant, bound.subscription, bound.client);
    bound.setHeartbeat(row?.heartbeat_seconds ?? null);
    return row !== undefined && row.status !== "off";
  }

  /** Looks at everything that is bound: one read for each tenant, and more only for what has news. */
  async #look(): Promise<boolean> {
    if (this.#deps.now() >= this.#checkedAtMs + this.#settings.recheckMs) await this.#recheck();
    const bound = [...this.#clients].flatMap((client) => [...client.bound.values()].map((one) => ({ client, one })));
    for (const [tenant, own] of Map.groupBy(bound, ({ one }) => one.tenant)) {
      const ids = [...new Set(own.map(({ one }) => one.subscription))];
      const states = await this.#deps.channels.read(tenant, ids);
      for (const { client, one } of own) this.#tell(client, one, states.get(one.subscription));
    }
    return false;
  }

  /** Not waited for: a slow reader holds up nobody else. */
  #tell(client: Client, bound: Bound, state: ChannelState | undefined): void {
    if (state === undefined || state.status === "removed") return this.#unbind(client, bound);
    void bound.tell(state).catch((thrown: unknown) => this.#deps.onError(thrown));
  }

  /** A socket lives long: what entitled it is looked at again and again. */
  async #recheck(): Promise<void> {
    this.#checkedAtMs = this.#deps.now();
    for (const client of this.#clients) {
      const { owner, connection } = client;
      if (owner === undefined) continue;
      if (!this.#deps.isStillCaller(owner.tenant, owner.client, connection.remoteAddress))
        connection.close(closeCodes.policy, "no longer allowed");
      else for (const bound of client.bound.values()) if (!(await this.#isKept(bound))) this.#unbind(client, bound);
    }
  }

  #unbind(client: Client, bound: Bound): void {
    if (client.bound.get(bound.subscription) !== bound) return;
    client.bound.delete(bound.subscription);
    if (client.bound.size === 0) client.connection.close(closeCodes.normal, "its Subscriptions have ended");
  }
}

function refuse(socket: Duplex, status: string, headers = ""): void {
  socket.end(`HTTP/1.1 ${status}\r\n${headers}Connection: close\r\nContent-Length: 0\r\n\r\n`);
}
