/** What a kept body is sealed for: this delivery and no other. */
import type { Endpoint } from "../endpoint.ts";
import type { ClaimedDelivery } from "./destination.ts";

export function keptBodyContext(endpoint: Endpoint, delivery: ClaimedDelivery) {
  return { tenant: endpoint.tenant, purpose: "delivery-body", id: endpoint.id, version: String(delivery.sequence) };
}
