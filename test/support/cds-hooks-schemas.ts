/** The published CDS Hooks schemas as a stranger would use them: the JSON compiled by ajv; beside them the program's own. */
import type { ValidateFunction } from "ajv/dist/2020.js";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { HooksVersion } from "../../src/hooks/schema/elements.ts";
import type { Message } from "../../src/hooks/schema/publish.ts";
import { messageJsonSchema, messageSchema } from "../../src/hooks/schema/publish.ts";

const ajv = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false, allErrors: false });
/** Formats are hints: each stands beside a pattern that says the same. */
for (const name of ["uuid", "date-time"]) ajv.addFormat(name, true);

/** Compiles once; a schema that is not valid JSON Schema 2020-12 throws. */
export function validator(version: HooksVersion, message: Message): ValidateFunction {
  const known = ajv.getSchema(`urn:handover:cds-hooks:${version}:${message}`);
  return known ?? ajv.compile(messageJsonSchema(version, message));
}

/** What the published file and the program's own schema say of an instance. */
export function bothVerdicts(version: HooksVersion, message: Message, instance: unknown) {
  return {
    file: validator(version, message)(instance),
    program: messageSchema(version, message).safeParse(instance).success,
  };
}
