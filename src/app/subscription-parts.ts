/** FHIR topic subscriptions: the artifacts, the endpoints behind them in delivery, and what both roles share. */
import { randomBytes, randomUUID } from "node:crypto";
import { checkUrl } from "../core/egress/url.ts";
import type { Loss } from "../core/notification/entitlement.ts";
import { lossOf } from "../core/notification/entitlement.ts";
import { channelKinds } from "../core/notification/channel.ts";
import { documentTypeSystem } from "../core/notification/focus-resource.ts";
import type { SubscriptionOffer } from "../core/notification/subscription-request.ts";
import type { SendMail } from "../delivery/send-mail.ts";
import type { SubscriptionEndpoints } from "../delivery/subscription-endpoints.ts";
import { createSubscriptionEndpoints } from "../delivery/subscription-endpoints.ts";
import type { Artifacts } from "../subscriptions/artifacts.ts";
import { loadArtifacts } from "../subscriptions/artifacts.ts";
import { createWaiters } from "../http/waiters.ts";
import type { Waiters } from "../http/waiters.ts";
import { Keeper } from "../subscriptions/keeper.ts";
import type { BindingTokens } from "../subscriptions/websocket/binding-tokens.ts";
import { createBindingTokens } from "../subscriptions/websocket/binding-tokens.ts";
import { Sockets } from "../subscriptions/websocket/sockets.ts";
import { createNetworkFilter } from "../trust/network.ts";
import type { Subscriptions } from "../subscriptions/subscriptions.ts";
import { createSubscriptions } from "../subscriptions/subscriptions.ts";
import { mailSender } from "./alert-mails.ts";
import { focusContextOf, focusResourceOf } from "./focus-resources.ts";
import type { Foundation } from "./foundation.ts";
import { egressRulesOf } from "./tenant-clients.ts";

export interface SubscriptionParts {
  readonly artifacts: Artifacts;
  readonly channels: SubscriptionEndpoints;
  readonly subscriptions: Subscriptions;
  readonly tokens: BindingTokens;
  readonly keeper: Keeper;
  /** Undefined where no mail server is configured. */
  readonly mail: SendMail | undefined;
  /** Of $events. */
  readonly waiters: Waiters;
}

/** Why a tenant may not call an address, in a fixed word; undefined when it may. */
export function refuseUrl({ config, tenants }: Foundation): (tenant: string, url: string) => string | undefined {
  return (id, url) => {
    const tenant = tenants.byId(id);
    if (tenant === undefined) return "unknown_tenant";
    const verdict = checkUrl(url, egressRulesOf(tenant, config));
    return verdict.ok ? undefined : verdict.reason;
  };
}

/** `hospital.example` stands for its addresses, and not for those of `mail.hospital.example`. */
function refuseAddress({ tenants }: Foundation, tenant: string, address: string): string | undefined {
  const domains = tenants.byId(tenant)?.subscriptions.emailDomains ?? [];
  const domain = address.slice(address.lastIndexOf("@") + 1).toLowerCase();
  return domains.includes(domain) ? undefined : "domain_not_allowed";
}

/** What a tenant's clients may choose of: websockets always, e-mail where there is a mail server and somewhere to write to. */
function offerTo(foundation: Foundation, hasMail: boolean): (tenant: string) => Omit<SubscriptionOffer, "topics"> {
  const contextOf = focusContextOf(foundation);
  return (tenant) => {
    const domains = foundation.tenants.byId(tenant)?.subscriptions.emailDomains ?? [];
    const { ehrBase, documentType } = contextOf(tenant);
    return {
      channels: channelKinds.filter((kind) => kind !== "email" || (hasMail && domains.length > 0)),
      refuseUrl: (url) => refuseUrl(foundation)(tenant, url),
      refuseAddress: (address) => refuseAddress(foundation, tenant, address),
      filterContext: { ehrBase, documentType: { system: documentTypeSystem, code: documentType.code } },
    };
  };
}

/** What the owner of a Subscription has lost since, by the settings in force here; nothing where its tenant is not served. */
export function ownerLoss(
  { tenants, trust }: Pick<Foundation, "tenants" | "trust">,
  { topics }: Pick<Artifacts, "topics">,
): (tenant: string, client: string, topic: string) => Loss | undefined {
  return (tenant, client, name) => {
    const topic = topics.find((one) => one.name === name);
    if (topic === undefined || tenants.byId(tenant) === undefined) return undefined;
    const known = trust.clients.byId(client);
    return lossOf(known?.tenant === tenant ? new Set(known.client.scopes) : undefined, topic.focus);
  };
}

export function createSubscriptionParts(foundation: Foundation): SubscriptionParts {
  const { config, database, sealer, audit, log, clients } = foundation;
  const artifacts = loadArtifacts(config.publicUrl);
  const post = (tenant: string) => clients.of(tenant)?.post;
  const sender = mailSender(config, foundation.secrets);
  const mail: SendMail | undefined = sender === undefined ? undefined : async (one) => sender.send(one);
  const channels = createSubscriptionEndpoints({ pool: database.worker, sealer, post, mail });
  const now = (): number => Date.now();
  const tokens = createBindingTokens(database.http, randomBytes);
  const waiters = createWaiters(foundation.wakeUp, () => performance.now());
  const keeper = new Keeper({
    pool: database.worker,
    channels,
    topics: artifacts.topics,
    log,
    now,
    served: () => foundation.tenants.all().map(({ id }) => id),
    lossOf: ownerLoss(foundation, artifacts),
  });
  const subscriptions = createSubscriptions({
    pool: database.http,
    channels,
    topics: artifacts.topics,
    fhirBase: `${config.publicUrl}/fhir`,
    audit,
    offerTo: offerTo(foundation, mail !== undefined),
    now,
    newId: randomUUID,
    resourceOf: focusResourceOf(foundation),
    waiters,
    wake: () => keeper.wake(),
  });
  return { artifacts, channels, subscriptions, tokens, keeper, waiters, mail };
}

/** The websocket channel of this process. */
export function createSockets(foundation: Foundation, { artifacts, channels, tokens }: SubscriptionParts): Sockets {
  const { config, database, tenants, trust, wakeUp, onError } = foundation;
  return new Sockets({
    pool: database.http,
    channels,
    topics: artifacts.topics,
    fhirBase: `${config.publicUrl}/fhir`,
    resourceOf: focusResourceOf(foundation),
    tokens,
    wakeUp,
    admits: createNetworkFilter(config.inboundAllow),
    isStillCaller: (tenant, client, remoteAddress) => {
      const known = trust.clients.byId(client);
      const isKnown = tenants.byId(tenant) !== undefined && known?.tenant === tenant;
      return isKnown && known.allows(remoteAddress);
    },
    now: () => Date.now(),
    onError: onError("subscription.socket_failed"),
  });
}
