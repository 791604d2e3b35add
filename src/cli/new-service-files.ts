/** What a new CDS service starts with: small, working, and with each decision in its place. */

/** `goals-of-care` -> `Goals of care`. */
export function titleOf(id: string): string {
  const words = id.replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** File name below the service's folder to its text. */
export function filesOf(id: string): Readonly<Record<string, string>> {
  return {
    "service.ts": serviceText(id),
    "README.md": readmeText(id),
    "fixtures/goal-active.json": fixtureText(active(id)),
    "fixtures/no-goal.json": fixtureText(none),
  };
}

function serviceText(id: string): string {
  return `/** CDS service \`${id}\`: replace this by one sentence that says when it speaks, and to whom. */
import type { FhirResource } from "fhir/r4.js";
import type { CdsService, ServicePorts } from "../../src/hooks/service.ts";

export const service: CdsService = {
  id: "${id}",
  title: "${titleOf(id)}",
  description: "Says how many goals of care are active.",
  // Key to template: what the EHR may send along. Plain reads and searches by context tokens, so that every EHR can honour them.
  hooks: { "patient-view": { prefetch: { goals: "Goal?patient={{context.patientId}}" } } },
  overrideReasons: [
    { code: "seen", display: "Seen" },
    { code: "not-relevant", display: "Not relevant for this visit" },
  ],
  answer: async (call, ports) => {
    const { encounter } = call;
    // Who has put the card aside does not see it again in this stay.
    if (encounter !== undefined && (await ports.overridden({ ...call, encounter }, undefined))) return [];
    const active = (await goals(ports)).filter(isActive);
    if (active.length === 0) return [];
    const count = active.length === 1 ? "1 goal of care is" : \`\${active.length} goals of care are\`;
    // \`state\` is a word for metrics. Less than 140 characters in \`summary\`; \`detail\` is markdown.
    return [{ state: "active", summary: \`\${count} active.\`, indicator: "info", overridable: true }];
  },
  // Nothing could be looked up in time: only what is true whatever has happened may be said here.
  answerBlind: () => [],
};

/** From the prefetch; where that did not bring all, from the EHR, if it lets us read. */
async function goals({ prefetched, reader }: ServicePorts): Promise<readonly FhirResource[]> {
  if (prefetched.gaps.length === 0) return prefetched.resources;
  return (await reader()?.search("Goal", {})) ?? [];
}

function isActive(resource: FhirResource): boolean {
  return resource.resourceType === "Goal" && resource.lifecycleStatus === "active";
}
`;
}

function readmeText(id: string): string {
  return `# ${id}

One card on \`patient-view\`.

| how things stand | card |
|---|---|
| goals of care are active | how many |
| none, or put aside by this user in this stay | none |
| the EHR gave no data, or was too slow | none |

Data comes from the prefetch; where that is not whole, from the EHR by the hook's own token or SMART Backend Services.

| file | what |
|---|---|
| \`service.ts\` | definition, and which card when |
| \`fixtures/*.json\` | how things stand, and the expected cards; each runs as a test |
`;
}

const hookInstance = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea";
const context = { userId: "Practitioner/d1", patientId: "p1", encounterId: "e1" };
const request = { hook: "patient-view", hookInstance, fhirServer: "https://general.example/fhir", context };

function active(id: string): object {
  const goal = (goalId: string, lifecycleStatus: string) => ({
    resource: {
      resourceType: "Goal",
      id: goalId,
      lifecycleStatus,
      description: { text: "Walks with a frame" },
      subject: { reference: "Patient/p1" },
    },
  });
  const entry = [goal("g1", "active"), goal("g2", "completed")];
  const prefetch = { goals: { resourceType: "Bundle", type: "searchset", entry } };
  const system = "urn:handover:override-reason";
  const overrideReasons = [
    { code: "seen", system, display: "Seen" },
    { code: "not-relevant", system, display: "Not relevant for this visit" },
  ];
  const source = { label: titleOf(id), url: "https://adapter.example" };
  const card = { summary: "1 goal of care is active.", indicator: "info", source, overrideReasons };
  return {
    title: "One active goal came with the prefetch",
    request: { ...request, prefetch },
    expect: { cards: [card] },
  };
}

const none = {
  title: "The EHR says that there is none",
  request: { ...request, prefetch: { goals: null } },
  expect: { cards: [] },
};

function fixtureText(fixture: object): string {
  return `${JSON.stringify(fixture, undefined, 2)}\n`;
}
