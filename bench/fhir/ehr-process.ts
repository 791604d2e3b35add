/** The sandbox EHR in a process of its own, so that what it spends is not counted as ours. */
import { createSandboxEhr } from "../../sandbox/ehr.ts";
import { sandboxUsers } from "../../sandbox/users.ts";

const patient = { resourceType: "Patient", id: "p1" };
const encounter = {
  resourceType: "Encounter",
  id: "e1",
  status: "finished",
  class: { system: "http://terminology.hl7.org/CodeSystem/v3-ActCode", code: "IMP" },
  subject: { reference: "Patient/p1" },
};
const chart = { resourceType: "Bundle", type: "collection", entry: [{ resource: patient }, { resource: encounter }] };
const ehr = await createSandboxEhr({ users: sandboxUsers, charts: [chart] });
const token = ehr.mintToken({ clientId: "bench", scopes: ["system/*.rs", "system/DocumentReference.cu"] });
process.send?.({ fhirBaseUrl: ehr.fhirBaseUrl, token });
process.on("disconnect", () => process.exit(0));
