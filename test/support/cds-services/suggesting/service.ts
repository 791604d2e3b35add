/** A service that uses all that CDS Hooks 2.0 lets an answer hold: what the framework lets through, and holds services to. */
import type { CdsService } from "../../../../src/hooks/service.ts";

const order = {
  resourceType: "ServiceRequest",
  id: "7",
  status: "active",
  intent: "order",
  subject: { reference: "Patient/p1" },
};

export const service: CdsService = {
  id: "suggesting",
  title: "Suggesting",
  description: "Suggests changes of orders, and makes one itself.",
  icon: "https://adapter.example/suggesting.png",
  topic: { system: "urn:example:topics", code: "orders", display: "Orders" },
  extension: { "com.example.owner": { team: "orders" } },
  hooks: { "patient-view": {} },
  overrideReasons: [{ code: "no", display: "Not now" }],
  answer: async (call) => {
    const suggestions = [
      {
        label: "Repeat the test",
        uuid: "5a1f1d0a-6f3c-4a0e-9f54-0c1f1d0e9a01",
        isRecommended: true,
        actions: [
          {
            type: "create" as const,
            description: "Order it",
            resource: { ...order, id: undefined, resourceType: "ServiceRequest" },
          },
          {
            type: "update" as const,
            description: "Put the old one on hold",
            resource: { ...order, status: "on-hold" },
          },
          { type: "delete" as const, description: "Take the reminder away", resourceId: "Task/9" },
        ],
      },
      { label: "Leave it" },
    ];
    const card = {
      state: "suggesting",
      summary: "A test could be repeated.",
      indicator: "info" as const,
      overridable: true,
    };
    return {
      cards: [
        { ...card, suggestions, selectionBehavior: "at-most-one" as const, extension: { "com.example.rank": 1 } },
        {
          ...card,
          suggestions: suggestions.map(({ label }) => ({ label, isRecommended: true })),
          selectionBehavior: "any" as const,
        },
        card,
      ],
      ...(call.tenant.ehr.cdsHooks.systemActions
        ? { systemActions: [{ type: "update" as const, resource: { ...order, status: "completed" } }] }
        : {}),
      extension: { "com.example.trace": "x" },
    };
  },
  answerBlind: () => [],
};
