/** Would the mail server take an alert? Connects, under TLS, and signs in; no mail is sent. */
import { mailSender } from "../../app/alert-mails.ts";
import type { LoadedConfig } from "../../config/load.ts";
import type { Check } from "./check.ts";
import { broken, held } from "./check.ts";

const fixes: Readonly<Record<string, string>> = {
  blocked_address: "Its address is private: put its network into `egress.allow`.",
  name_not_resolved: "Check `mail.host`.",
  connection_refused: "Check `mail.host` and `mail.port`, and that firewalls let this machine through.",
  timeout: "Check `mail.host` and `mail.port`, and that firewalls let this machine through.",
  tls_not_offered: "The server offers no STARTTLS there: use port 465 with `mail.secure`, or switch STARTTLS on.",
  tls_invalid: "Its certificate does not hold: name a CA of your own in `mail.caFile`, or correct the host's name.",
  authentication_refused: "Check `mail.user` and the password that `mail.passwordEnv` or `passwordFile` names.",
};

export async function checkMail({ config, secrets }: LoadedConfig): Promise<readonly Check[]> {
  const { mail } = config;
  if (mail === undefined) return [];
  const failure = await mailSender(config, secrets)?.check();
  const place = `${mail.host}:${mail.port}`;
  if (failure === undefined) return [held("mail", `${place} lets us send, under TLS`)];
  return [broken("mail", `${place}: ${failure}`, fixes[failure] ?? "Look into the mail server's log.")];
}
