/** What a server tells of its services. Closed, like all that a service writes. */
import { z } from "zod";
import { ownExtension, text } from "./elements.ts";

const entry = {
  hook: text.meta({ description: "Hook that the service is to be called on." }),
  id: text
    .regex(/^[^\s/?#]+$/u, "one segment of a path")
    .meta({ description: "Last segment of the service's address. One id may stand on several hooks." }),
  title: text.meta({ description: "Name for people." }).optional(),
  description: text.meta({ description: "What it does; markdown since 3.0." }),
  usageRequirements: text.meta({ description: "What must be so for the service to be of use." }).optional(),
  prefetch: z
    .record(text, text)
    .refine((templates) => Object.keys(templates).length > 0, "expected at least one key")
    .meta({
      description: "FHIR reads and searches by key; {{context.patientId}} and the like are filled in.",
      minProperties: 1,
    })
    .optional(),
  extension: ownExtension.optional(),
};
const version = text.meta({ description: "3.0: version of CDS Hooks that the service speaks, like 2.0.0." });
const hookVersion = text.meta({ description: "3.0: version of the hook's own definition." });

/** What the ballot of 3.0 adds is told to clients of 2.0 as well: they pass over members that they do not know. */
const service = z
  .strictObject({ ...entry, version: version.optional(), hookVersion: hookVersion.optional() })
  .meta({ id: "CdsService", description: "One service on one hook." });

/** Our own discovery passes it when the program starts. */
export const cdsDiscovery = z
  .strictObject({ services: z.array(service), extension: ownExtension.optional() })
  .meta({ id: "CdsServices", description: "All services of this server, perhaps none." });
export type CdsDiscovery = z.input<typeof cdsDiscovery>;
