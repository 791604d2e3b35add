/** What the fixed words of deliveries and attempts mean, and what mends them: for people, in one place. */

export interface CodeMeaning {
  /** In words, to stand behind the code. */
  readonly means: string;
  /** What a person can do; absent where nothing is to be done. */
  readonly fix?: string;
}

const resume = "`handover endpoint resume ID` sends what was held.";

const table: Readonly<Record<string, CodeMeaning>> = {
  // No answer came.
  timeout: {
    means: "no answer within the endpoint's time",
    fix: "The receiver should answer 2xx at once and work afterwards; else raise its timeout (`endpoint change ID --timeout`).",
  },
  blocked_address: {
    means: "the egress wall refused the address",
    fix: "The name leads to a private or reserved address: put its network into `network.allow` of the tenant, or correct the URL.",
  },
  name_not_resolved: {
    means: "the host's name is unknown",
    fix: "Check the host in the endpoint's URL and the adapter's DNS; `handover endpoint change ID --receiver URL` corrects it.",
  },
  connection_refused: {
    means: "nothing listens there, or no way leads there",
    fix: "Check that the receiver runs and that firewalls let in the adapter's addresses (`GET /v1/egress-addresses`).",
  },
  connection_reset: {
    means: "the connection broke off before an answer",
    fix: "Look at the receiver and what stands before it (balancer, firewall): it closed the connection.",
  },
  tls_invalid: {
    means: "its certificate or TLS handshake does not hold",
    fix: "Renew the certificate or send its whole chain; a hospital's own CA goes into `network.caFile` of the tenant.",
  },
  certificate_not_pinned: {
    means: "it shows another certificate than the pinned ones",
    fix: "Pin the new certificate before the receiver changes it, or find out who answers in its place.",
  },
  authorization_failed: {
    means: "the credential to call it with could not be had",
    fix: "Check the endpoint's `authorization`: its token endpoint failed, or refused our client.",
  },
  proxy_failed: {
    means: "our forward proxy refused or is down; no fault of the endpoint",
    fix: "Check `network.proxy` of the tenant, and the proxy itself.",
  },
  answer_malformed: {
    means: "what answered is no HTTP, or its headers are too large",
    fix: "Check that the URL's port speaks HTTP, and the size of the answer's headers.",
  },
  interrupted: { means: "cut short by the adapter's own shutdown; it is sent again" },
  // Trials.
  challenge_unanswered: {
    means: "a 2xx came, without the challenge",
    fix: 'The receiver must answer `endpoint.verification` with JSON `{ "challenge": "<the same>" }`.',
  },
  // Channels of FHIR Subscriptions.
  pulled: { means: "kept for the subscriber, who fetches it: by websocket or `$events`" },
  mail_taken: { means: "the mail server has taken it" },
  authentication_refused: {
    means: "the mail server refused our name or password",
    fix: "Correct `mail.user` and its password in the configuration.",
  },
  tls_not_offered: {
    means: "the mail server offers no TLS, and nothing is sent in the open",
    fix: "Let the mail server offer STARTTLS, or set `mail.secure` for TLS from the first byte.",
  },
  connection_failed: {
    means: "the mail server could not be reached",
    fix: "Check `mail.host` and `mail.port`, and firewalls on the way.",
  },
  // Held: kept, visible, not sent.
  endpoint_paused: { means: "held: the endpoint is paused", fix: resume },
  endpoint_disabled: {
    means: "held: the endpoint is disabled",
    fix: `Find out why (\`handover endpoint show ID\`), mend the receiver, then ${resume}`,
  },
  endpoint_unverified: {
    means: "held: the endpoint has not answered its challenge",
    fix: "`handover endpoint verify ID` sends the challenge; the right answer sends what was held.",
  },
  endpoint_pending: {
    means: "held: the subscription's handshake is not done",
    fix: "Look at the FHIR Subscription's `$status`: its endpoint must accept the handshake.",
  },
  endpoint_removed: {
    means: "held: the endpoint was removed",
    fix: "Make an endpoint with the same id again; then `handover replay` sends it.",
  },
  no_valid_secret: {
    means: "held: no secret of the endpoint is valid, and nothing is sent unsigned",
    fix: "`handover endpoint rotate ID` makes a secret; then `handover replay DELIVERY`.",
  },
  wrong_kind: {
    means: "held: the endpoint is of another kind now than when this was owed",
    fix: "Nothing sends it any more; read the event in the feed (GET /v1/events).",
  },
  owner_not_entitled: {
    means: "the API client that subscribed is gone, or may no longer read what the topic is about",
    fix: "Give the client its scope again in `apiClients`; then it switches its Subscription on again.",
  },
  topic_gone: {
    means: "held: the subscription's topic no longer exists",
    fix: "Make the FHIR Subscription anew, for a topic of GET /fhir/metadata.",
  },
  no_mail_server: {
    means: "held: no mail server is configured any more",
    fix: "Set `mail` in the configuration file; then `handover replay` sends it.",
  },
  event_gone: {
    means: "held: the event itself is no longer kept",
    fix: "Ask for the job's present state instead: GET /v1/jobs/{id}.",
  },
  cannot_prepare: {
    means: "held: its body could not be made",
    fix: "The adapter's log has the reason under `delivery.cannot_prepare`; then `handover replay DELIVERY`.",
  },
  // Withheld: never sent any more.
  summary_withdrawn: {
    means: "withheld: the summary was retracted or discarded before this went out",
    fix: "Nothing: the later event says so. Read the present state with GET /v1/jobs/{id}/summary.",
  },
  payload_changed: {
    means:
      "withheld: it was sent with its text, the endpoint takes thin payloads since, and the same id never carries other bytes",
    fix: "Nothing is sent again. Read the present state with GET /v1/jobs/{id}/summary.",
  },
  values_let_go: {
    means: "it told old and new values of the chart, which are kept no longer than the draft is open",
  },
  summary_superseded: {
    means: "withheld: the text has changed since, and the same id never carries other bytes",
    fix: "Nothing: the later version has its own event. Read it with GET /v1/jobs/{id}/summary.",
  },
};

const statuses: Readonly<Record<number, CodeMeaning>> = {
  400: {
    means: "the receiver does not understand it",
    fix: "Look into the receiver's log: it rejects the body or a header.",
  },
  401: {
    means: "the receiver does not accept the signature or credential",
    fix: "Compare secrets: `handover verify` judges a request that the receiver kept; `handover endpoint rotate ID` makes a new secret.",
  },
  403: {
    means: "the receiver forbids it",
    fix: "Check the receiver's allow list (GET /v1/egress-addresses), its web firewall, and the secret (`handover verify`).",
  },
  404: { means: "no such path at the receiver", fix: "Correct the URL: `handover endpoint change ID --receiver URL`." },
  405: { means: "the path takes no POST", fix: "Correct the URL: `handover endpoint change ID --receiver URL`." },
  408: { means: "the receiver gave up waiting", fix: "Look at the receiver's load and what stands before it." },
  410: {
    means: "gone: the receiver wants nothing more, so the endpoint was disabled",
    fix: `If that was a mistake: mend the receiver, then ${resume}`,
  },
  413: {
    means: "too large for the receiver",
    fix: "Raise the receiver's limit, or take references only: `handover endpoint change ID --payload thin`.",
  },
  415: { means: "the receiver does not take this content type", fix: "It must accept application/cloudevents+json." },
  429: {
    means: "the receiver asks to go slower",
    fix: "Nothing, if it passes; else lower the rate: `handover endpoint change ID --rate N`.",
  },
  502: { means: "a gateway before the receiver got no answer", fix: "Look at the receiver behind the gateway." },
  503: { means: "the receiver is unavailable", fix: "Nothing, if it passes: it is tried again as the receiver asked." },
  504: {
    means: "a gateway before the receiver waited too long",
    fix: "The receiver should answer 2xx at once and work afterwards.",
  },
};

const families: readonly { readonly from: number; readonly meaning: CodeMeaning }[] = [
  {
    from: 500,
    meaning: { means: "an error inside the receiver", fix: "Look into the receiver's log at the attempt's time." },
  },
  {
    from: 400,
    meaning: { means: "the receiver refused it", fix: "Look into the receiver's log at the attempt's time." },
  },
  {
    from: 300,
    meaning: {
      means: "a redirect, which is a failure and is never followed",
      fix: "Give the address that it leads to: `handover endpoint change ID --receiver URL`.",
    },
  },
  { from: 200, meaning: { means: "accepted" } },
];

function ofStatus(status: number): CodeMeaning | undefined {
  return statuses[status] ?? families.find(({ from }) => status >= from && status < from + 100)?.meaning;
}

/** Replies of mail servers (RFC 5321, 4.2.1): 4xx passes, 5xx stays. */
function ofMailReply(reply: string): CodeMeaning | undefined {
  if (reply.startsWith("4")) return { means: "the mail server would not take it now", fix: "Nothing, if it passes." };
  if (!reply.startsWith("5")) return undefined;
  return {
    means: "the mail server refused it for good",
    fix: "Check the address in the FHIR Subscription, and what the mail server has against the sender.",
  };
}

/** What a code with a number in it means. */
function ofNumbered(code: string): CodeMeaning | undefined {
  const { protocol, number = "" } = /^(?<protocol>http|smtp)_(?<number>\d{3})$/u.exec(code)?.groups ?? {};
  if (protocol === undefined) return undefined;
  return protocol === "http" ? ofStatus(Number(number)) : ofMailReply(number);
}

function meaningOf(code: string): CodeMeaning | undefined {
  return ofNumbered(code) ?? (Object.hasOwn(table, code) ? table[code] : undefined);
}

/** Whether the code is one that the engine is known to produce. */
export function isKnownCode(code: string): boolean {
  return meaningOf(code) !== undefined;
}

/**
 * Explains a code of an attempt or a delivery.
 * @param endpoint stands for `ID` in the remedy
 * @returns for an unknown code, of a newer adapter perhaps, the code itself
 */
export function explainCode(code: string, endpoint = "ID"): CodeMeaning {
  const known = meaningOf(code);
  if (known === undefined) return { means: code };
  return known.fix === undefined ? known : { means: known.means, fix: known.fix.replaceAll(/\bID\b/gu, endpoint) };
}
