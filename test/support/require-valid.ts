/** The gate that all which is served as FHIR passes, as the program has it. */
import { servedProfiles } from "../../src/core/validation/outgoing-profiles.ts";
import type { RequireValid } from "../../src/http/fhir/valid-answer.ts";
import { createOutgoing, loadValidator } from "../../src/validation/outgoing.ts";

const outgoing = createOutgoing(loadValidator(), () => undefined);

export const requireValid: RequireValid = (resource) => outgoing.require(resource, servedProfiles(resource));
