/** Canonical names of the Subscriptions R5 Backport 1.1 for R4, in one place. */
const ig = "http://hl7.org/fhir/uv/subscriptions-backport";
const definition = (name: string): string => `${ig}/StructureDefinition/${name}`;

/** Canonical of an operation of the guide. */
export const operationDefinition = (name: string): string => `${ig}/OperationDefinition/backport-subscription-${name}`;

/** R4's own extension: where the server takes websockets. */
export const websocketExtension = "http://hl7.org/fhir/StructureDefinition/capabilitystatement-websocket";

export const backport = {
  subscriptionProfile: definition("backport-subscription"),
  notificationProfile: definition("backport-subscription-notification-r4"),
  statusProfile: definition("backport-subscription-status-r4"),
  filterCriteria: definition("backport-filter-criteria"),
  payloadContent: definition("backport-payload-content"),
  heartbeatPeriod: definition("backport-heartbeat-period"),
  timeout: definition("backport-timeout"),
  maxCount: definition("backport-max-count"),
  channelType: definition("backport-channel-type"),
  topicCanonical: definition("capabilitystatement-subscriptiontopic-canonical"),
} as const;
