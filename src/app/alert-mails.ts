/** Alerts by e-mail, wired: who owes them, and what sends them. */
import { readFileSync } from "node:fs";
import type { Config } from "../config/config.ts";
import type { Secrets } from "../config/secrets.ts";
import type { TenantConfig } from "../config/tenant-schema.ts";
import { resolveBySystem, walledConnector } from "../egress/connector.ts";
import { machineAddresses } from "../egress/machine-addresses.ts";
import type { OweMails } from "../mail/owe-mails.ts";
import { oweMailsBy } from "../mail/owe-mails.ts";
import type { MailSender } from "../mail/smtp.ts";
import { smtpSender } from "../mail/smtp.ts";
import type { SendMailsDeps } from "../mail/send-mails.ts";
import { sendMails } from "../mail/send-mails.ts";
import { startLoop } from "../events/loop.ts";
import type { Foundation } from "./foundation.ts";

const CONNECT_TIMEOUT_MS = 10_000;
const LOOK_EVERY_MS = 2_000;

/** Undefined where no mail server is configured: nothing is owed then. */
export function mailsOwed(
  { mail }: Config,
  tenantOf: (id: string) => Pick<TenantConfig, "alerts"> | undefined,
): OweMails | undefined {
  if (mail === undefined) return undefined;
  return oweMailsBy({
    operatorsOf: (tenant) => tenantOf(tenant)?.alerts.email ?? [],
    everySeconds: mail.everySeconds,
  });
}

/** The configured server behind the wall, or undefined. Reads `mail.caFile`. */
export function mailSender({ mail, egress, publicUrl, port }: Config, secrets: Secrets): MailSender | undefined {
  if (mail === undefined) return undefined;
  const { caFile, user } = mail;
  const password = secrets.get("password", mail);
  const connect = walledConnector({
    allow: egress.allow,
    own: { publicUrl: new URL(publicUrl), port, addresses: machineAddresses() },
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    tls: {},
    resolve: resolveBySystem,
  });
  const settings = {
    host: mail.host,
    port: mail.port,
    secure: mail.secure,
    from: mail.from,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile, "utf8") }),
  };
  return smtpSender(settings, connect, new URL(publicUrl).hostname);
}

/** Sends what is owed until it is stopped; nothing to do where no mail server is configured. */
export function startMails(foundation: Foundation): () => Promise<void> {
  const { config, secrets, database, eventLog, log, metrics, onError } = foundation;
  const sender = mailSender(config, secrets);
  if (sender === undefined) return async () => undefined;
  const deps: SendMailsDeps = {
    pool: database.worker,
    log: eventLog,
    sender,
    publicUrl: config.publicUrl,
    random: () => Math.random(),
    onAttempt: (tenant, mail, outcome, attempt) => {
      metrics.alertMail(outcome.kind);
      const code = outcome.kind === "sent" ? undefined : outcome.code;
      log[outcome.kind === "sent" ? "info" : "warn"]("mail.attempted", {
        tenant,
        mail,
        outcome: outcome.kind,
        code,
        attempt,
      });
    },
  };
  const loop = startLoop({ turn: () => sendMails(deps), pollMs: LOOK_EVERY_MS, onError: onError("mails.failed") });
  return () => loop.stop();
}
