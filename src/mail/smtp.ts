/** One mail over SMTP, through the wall that all outbound calls go through. The only importer of nodemailer. */
import { Socket, isIP } from "node:net";
import { createTransport } from "nodemailer";
import type { buildConnector } from "undici";
import { AdapterError } from "../core/errors.ts";

export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (465). Else STARTTLS, which is demanded. */
  readonly secure: boolean;
  readonly user?: string;
  readonly password?: string;
  readonly from: string;
  /** PEM of CAs trusted in the place of the public ones. */
  readonly ca?: string;
}

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly attachment?: { readonly name: string; readonly contentType: string; readonly content: string };
  /** Of the mail, not of the attempt: the same in each. */
  readonly id: string;
}

export type MailOutcome =
  | { readonly kind: "sent" }
  /** `retry`: passing, or for the operator to mend; `refused`: this mail or address will never be taken. */
  | { readonly kind: "retry" | "refused"; readonly code: string };

export interface MailSender {
  send(mail: Mail): Promise<MailOutcome>;
  /** Connects, proves itself and leaves: undefined, or why not. */
  check(): Promise<string | undefined>;
}

/** From connecting to the server's last word. */
const TIMEOUT_MS = 30_000;

/** Nodemailer asks for a socket; the wall makes it, so that only a checked address is connected to. */
function walledSocket(
  connect: buildConnector.connector,
  { host, port }: SmtpSettings,
  onSocket: (socket: Socket) => void,
) {
  return (_options: unknown, done: (error: Error | null, socket: { readonly connection?: Socket }) => void): void => {
    connect({ hostname: host, host, protocol: "http:", port: String(port) }, (...came) => {
      const [error, socket] = came;
      // Without a socket nodemailer would make one of its own, past the wall: an error must come in its place.
      if (error === null && socket instanceof Socket) {
        onSocket(socket);
        done(null, { connection: socket });
      } else done(error ?? new AdapterError("egress_blocked", { detail: "no_socket" }), {});
    });
  };
}

function member(thrown: unknown, name: string): unknown {
  return typeof thrown === "object" && thrown !== null ? Reflect.get(thrown, name) : undefined;
}

const byCode: Readonly<Record<string, string>> = {
  EAUTH: "authentication_refused",
  ENOAUTH: "authentication_refused",
  ETLS: "tls_not_offered",
  EREQUIRETLS: "tls_not_offered",
  ETIMEDOUT: "timeout",
  UND_ERR_CONNECT_TIMEOUT: "timeout",
  ENOTFOUND: "name_not_resolved",
  EAI_AGAIN: "name_not_resolved",
  ECONNREFUSED: "connection_refused",
  ECONNRESET: "connection_reset",
  EPIPE: "connection_reset",
  EPROTOCOL: "answer_malformed",
};

/** Why it failed without an answer. What befalls a socket is told by the code of what befell it; the rest of those is TLS. */
function failureOf(thrown: unknown): string {
  const [code, original] = [member(thrown, "code"), member(thrown, "originalCode")];
  if (typeof original === "string") return byCode[original] ?? "tls_invalid";
  return (typeof code === "string" ? byCode[code] : undefined) ?? "connection_failed";
}

/** What an attempt came to; never the server's own words, which may repeat an address. */
function outcomeOf(thrown: unknown): MailOutcome {
  if (thrown instanceof AdapterError && thrown.code === "egress_blocked")
    return { kind: "retry", code: "blocked_address" };
  const [status, failure] = [member(thrown, "responseCode"), failureOf(thrown)];
  // Wrong credentials, and a server without TLS, are the operator's to mend: the mail waits for that.
  const waits = failure === "authentication_refused" || failure === "tls_not_offered";
  if (waits || typeof status !== "number") return { kind: "retry", code: failure };
  return { kind: status >= 500 ? "refused" : "retry", code: `smtp_${status}` };
}

class TooLate extends Error {
  override readonly name = "TooLate";
}

function attachmentOf({ name, contentType, content }: NonNullable<Mail["attachment"]>) {
  return { filename: name, contentType, content };
}

/**
 * @param connect makes sockets behind the wall; plain ones, TLS is made over them here
 * @param name our own, for the greeting and the Message-ID
 * @param timeoutMs from connecting to the server's last word
 */
export function smtpSender(
  settings: SmtpSettings,
  connect: buildConnector.connector,
  name: string,
  timeoutMs = TIMEOUT_MS,
): MailSender {
  const { host, port, secure, user, password, from, ca } = settings;
  const transport = (onSocket: (socket: Socket) => void) =>
    createTransport({
      host,
      port,
      secure,
      // Without TLS nothing is said: names of a hospital's endpoints and our password are nobody's on the way.
      requireTLS: !secure,
      name,
      getSocket: walledSocket(connect, settings, onSocket),
      tls: { ...(isIP(host) === 0 ? { servername: host } : {}), ...(ca === undefined ? {} : { ca: [ca] }) },
      ...(user === undefined ? {} : { auth: { user, pass: password ?? "" } }),
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    });

  /** Nodemailer's limits are for one silence each: a server that drips would hold us, and who waits for us, for ever. */
  async function attempt(work: (sender: ReturnType<typeof transport>) => Promise<unknown>): Promise<MailOutcome> {
    const late = Promise.withResolvers<never>();
    const sockets: Socket[] = [];
    const sender = transport((socket) => void sockets.push(socket));
    const timer = setTimeout(() => late.reject(new TooLate()), timeoutMs);
    try {
      await Promise.race([work(sender), late.promise]);
      return { kind: "sent" };
    } catch (thrown) {
      return thrown instanceof TooLate ? { kind: "retry", code: "timeout" } : outcomeOf(thrown);
    } finally {
      clearTimeout(timer);
      sender.close();
      for (const socket of sockets) socket.destroy();
    }
  }

  return {
    send: ({ to, subject, text, attachment, id }) =>
      attempt((sender) =>
        sender.sendMail({
          from,
          to,
          subject,
          text,
          ...(attachment === undefined ? {} : { attachments: [attachmentOf(attachment)] }),
          messageId: `<${id}@${name}>`,
          // RFC 3834: no out-of-office notes to a machine.
          headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
        }),
      ),
    async check() {
      const outcome = await attempt((sender) => sender.verify());
      return outcome.kind === "sent" ? undefined : outcome.code;
    },
  };
}
