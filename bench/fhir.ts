/** `npm run bench fhir`: the document that goes out, and the notifications that tell of it. */
import { documentFigures } from "./fhir/document.ts";
import { notificationFigures } from "./fhir/notifications.ts";
import { printFigures } from "./measure/figures.ts";

printFigures("fhir", [...documentFigures(), ...(await notificationFigures())]);
