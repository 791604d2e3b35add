/** `npm run bench fhir`: the document that goes out, its way into an EHR, and the notifications that tell of it. */
import { documentFigures } from "./fhir/document.ts";
import { notificationFigures } from "./fhir/notifications.ts";
import { writeBackFigures } from "./fhir/write-back.ts";
import { printFigures } from "./measure/figures.ts";

printFigures("fhir", [...documentFigures(), ...(await writeBackFigures()), ...(await notificationFigures())]);
