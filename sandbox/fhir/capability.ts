import { publishedTopics, topicUrl } from "./publisher/topics.ts";
import type { JsonResource } from "./resource.ts";
import type { FhirState } from "./state.ts";

const interactions = ["read", "vread", "update", "patch", "delete", "history-instance", "create", "search-type"];

/** The endpoints a SMART client finds in the security extension, beside smart-configuration. */
export interface SmartEndpoints {
  readonly authorize: string;
  readonly token: string;
}

/** `GET /metadata`: what this server can do, from the same tables it works by. */
export function capabilityStatement(state: FhirState, smart: SmartEndpoints | undefined): JsonResource {
  return {
    resourceType: "CapabilityStatement",
    status: "active",
    date: "2026-01-01",
    kind: "instance",
    software: { name: "Handover sandbox EHR" },
    implementation: { description: "An EHR in a box, for demonstration and tests", url: state.baseUrl },
    fhirVersion: "4.0.1",
    format: ["application/fhir+json", "json"],
    patchFormat: ["application/json-patch+json"],
    rest: [
      {
        mode: "server",
        ...(smart && { security: security(smart) }),
        resource: [...state.types].toSorted().map((type) => resourceCapability(type, state)),
        interaction: [{ code: "transaction" }, { code: "batch" }],
      },
    ],
  };
}

function resourceCapability(type: string, state: FhirState): object {
  const searchParam = [...state.parametersOf(type).values()].map(({ code, type }) => ({ name: code, type }));
  return {
    type,
    interaction: interactions.map((code) => ({ code })),
    versioning: "versioned-update",
    readHistory: true,
    updateCreate: state.behaviour.updateCreate,
    conditionalCreate: true,
    conditionalRead: "not-match",
    conditionalUpdate: true,
    conditionalDelete: "not-supported",
    ...(searchParam.length > 0 && { searchParam }),
    ...(type === "Subscription" && state.behaviour.subscriptions === "backport" && { extension: topics(state) }),
    ...(type === "Patient" && {
      operation: [{ name: "everything", definition: "http://hl7.org/fhir/OperationDefinition/Patient-everything" }],
    }),
  };
}

function topics({ baseUrl }: FhirState): readonly object[] {
  const url =
    "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/capabilitystatement-subscriptiontopic-canonical";
  return publishedTopics.map(({ name }) => ({ url, valueCanonical: topicUrl(baseUrl, name) }));
}

function security({ authorize, token }: SmartEndpoints): object {
  return {
    cors: true,
    extension: [
      {
        url: "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
        extension: [
          { url: "authorize", valueUri: authorize },
          { url: "token", valueUri: token },
        ],
      },
    ],
    service: [
      {
        coding: [{ system: "http://terminology.hl7.org/CodeSystem/restful-security-service", code: "SMART-on-FHIR" }],
      },
    ],
  };
}
