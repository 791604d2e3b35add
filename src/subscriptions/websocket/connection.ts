/** One websocket: what it may send us, and sending to it no faster than it reads. */
import type { RawData, WebSocket } from "ws";

/** RFC 6455, 7.4.1. */
export const closeCodes = { normal: 1000, goingAway: 1001, unsupported: 1003, policy: 1008, tryLater: 1013 } as const;

export interface ConnectionSettings {
  /** A notification that is not taken for so long ends the connection; what it missed is at `$events`. */
  readonly sendTimeoutMs: number;
  /** A ping goes out this often; one that brought no answer until the next ends the connection. */
  readonly pingMs: number;
  /** Who has bound nothing by then is sent away. */
  readonly bindWithinMs: number;
}

export const defaultConnectionSettings: ConnectionSettings = {
  sendTimeoutMs: 30_000,
  pingMs: 30_000,
  bindWithinMs: 15_000,
};

/** Messages that may wait while one is worked on: a client binds a few tokens, and sends nothing else. */
const mostWaiting = 20;

export class Connection {
  readonly remoteAddress: string | undefined;
  readonly #socket: WebSocket;
  readonly #settings: ConnectionSettings;
  readonly #onMessage: (text: string) => Promise<void>;
  readonly #timers: NodeJS.Timeout[] = [];
  #queue: Promise<void> = Promise.resolve();
  #waiting = 0;
  #answered = true;

  /** @param onMessage one message at a time; what it throws ends the connection */
  constructor(
    socket: WebSocket,
    remoteAddress: string | undefined,
    onMessage: (text: string) => Promise<void>,
    settings: ConnectionSettings,
  ) {
    this.#socket = socket;
    this.remoteAddress = remoteAddress;
    this.#onMessage = onMessage;
    this.#settings = settings;
    socket.on("message", (data, isBinary) => this.#receive(data, isBinary));
    socket.on("pong", () => void (this.#answered = true));
    // What breaks a socket closes it as well.
    socket.on("error", () => undefined);
    socket.once("close", () => this.#timers.forEach((timer) => clearTimeout(timer)));
    this.#timers.push(setInterval(() => this.#ping(), settings.pingMs).unref());
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  onClose(listener: () => void): void {
    this.#socket.once("close", listener);
  }

  /** Sends it away unless `isBound` by then. */
  expectBinding(isBound: () => boolean): void {
    const timer = setTimeout(() => {
      if (!isBound()) this.close(closeCodes.policy, "nothing was bound");
    }, this.#settings.bindWithinMs);
    this.#timers.push(timer.unref());
  }

  /**
   * Sends a text and waits until the connection has taken it: a slow reader holds up its own notifications and nothing else, and
   * no more than one of them is in memory.
   * @returns false where it was not taken in time, or the connection is gone
   */
  async send(text: string): Promise<boolean> {
    if (!this.isOpen) return false;
    const taken = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => taken.resolve(false), this.#settings.sendTimeoutMs);
    this.#socket.send(text, (error) => taken.resolve(error === undefined || error === null));
    const isTaken = await taken.promise;
    clearTimeout(timer);
    // A closing handshake would wait behind what is not being read.
    if (!isTaken) this.#socket.terminate();
    return isTaken;
  }

  /** @param reason fixed words, which the client may show */
  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
    this.#timers.push(setTimeout(() => this.#socket.terminate(), 2000).unref());
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (isBinary) return this.close(closeCodes.unsupported, "text is expected");
    if (this.#waiting >= mostWaiting) return this.close(closeCodes.policy, "too many messages");
    this.#waiting += 1;
    const text = Buffer.isBuffer(data) ? data.toString() : "";
    this.#queue = this.#queue
      .then(async () => (this.isOpen ? this.#onMessage(text) : undefined))
      .catch(() => this.close(closeCodes.tryLater, "try again later"))
      .finally(() => void (this.#waiting -= 1));
  }

  #ping(): void {
    if (!this.#answered) return this.terminate();
    this.#answered = false;
    if (this.isOpen) this.#socket.ping();
  }
}
