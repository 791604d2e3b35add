/** A mail server as a hospital has one: real SMTP, with STARTTLS or TLS, accounts, and refusals on demand. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import type { MadeCertificate } from "./certificates.ts";
import { makeCertificate } from "./certificates.ts";

export const mailAuthority: MadeCertificate = makeCertificate({ commonName: "Mail CA", ca: true });

export interface ReceivedMail {
  readonly to: readonly string[];
  readonly from: string;
  readonly raw: string;
  readonly secure: boolean;
  readonly user: string | undefined;
}

export interface MailServer {
  readonly port: number;
  readonly received: readonly ReceivedMail[];
  /** How many connections came, mails or not. */
  readonly connections: () => number;
  /** What the next messages to an address are answered with, in turn: SMTP status codes; then all are taken. */
  refuse(address: string, ...codes: readonly number[]): void;
  /** Says nothing more to the next message to this address until that is let go. */
  stall(address: string): { readonly reached: Promise<void>; readonly release: () => void };
  close(): Promise<void>;
}

export interface MailServerOptions {
  /** TLS from the first byte. */
  readonly secure?: boolean;
  /** Offers no STARTTLS. */
  readonly plain?: boolean;
  readonly user?: string;
  readonly password?: string;
  readonly certificate?: MadeCertificate;
}

const refusal = (code: number): Error => Object.assign(new Error("Not now"), { responseCode: code });

export async function startMailServer(options: MailServerOptions = {}): Promise<MailServer> {
  const { secure = false, plain = false, user, password } = options;
  const received: ReceivedMail[] = [];
  const refusals = new Map<string, number[]>();
  const stalls = new Map<string, { readonly reach: () => void; readonly released: Promise<void> }>();
  let connections = 0;
  const shown =
    options.certificate ??
    makeCertificate({ commonName: "localhost", names: ["DNS:localhost"], purpose: "server", issuer: mailAuthority });
  const server = new SMTPServer({
    secure,
    key: shown.key,
    cert: shown.pem,
    authOptional: user === undefined,
    disabledCommands: [...(plain ? ["STARTTLS"] : []), ...(user === undefined ? ["AUTH"] : [])],
    onConnect(_session, done) {
      connections += 1;
      done();
    },
    onAuth({ username, password: given }, _session, done) {
      if (username === user && given === password) done(null, { user: username ?? "" });
      else done(new Error("Invalid username or password"));
    },
    onRcptTo({ address }, _session, done) {
      const answer = (): void => {
        const code = refusals.get(address)?.shift();
        done(code === undefined ? null : refusal(code));
      };
      const stalled = stalls.get(address);
      if (stalled === undefined) return answer();
      stalls.delete(address);
      stalled.reach();
      void stalled.released.then(answer);
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          to: rcptTo.map(({ address }) => address),
          from: mailFrom === false ? "" : mailFrom.address,
          raw: Buffer.concat(chunks).toString(),
          secure: session.secure,
          user: typeof session.user === "string" ? session.user : undefined,
        });
        done();
      });
    },
  });
  server.on("error", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  return {
    port: (server.server.address() as AddressInfo).port,
    received,
    connections: () => connections,
    refuse: (address, ...codes) => void refusals.set(address, [...codes]),
    stall(address) {
      const [reached, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      stalls.set(address, { reach: reached.resolve, released: released.promise });
      return { reached: reached.promise, release: released.resolve };
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** The body as it was written: quoted-printable undone, lines joined again. */
export function mailText({ raw }: ReceivedMail): string {
  const body = raw.slice(raw.indexOf("\r\n\r\n") + 4);
  return body
    .replaceAll(/=\r\n/gu, "")
    .replaceAll(/=([0-9A-F]{2})/gu, (_match, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)));
}

/** A header's value, folded lines joined. */
export function mailHeader({ raw }: ReceivedMail, name: string): string {
  const head = raw.slice(0, raw.indexOf("\r\n\r\n")).replaceAll(/\r\n[ \t]+/gu, " ");
  return new RegExp(`^${name}: (.*)$`, "imu").exec(head)?.[1] ?? "";
}
