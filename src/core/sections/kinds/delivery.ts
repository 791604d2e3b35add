/** A mother's stay: the delivery, what was measured of it, the child, and feeding. */
import type { SectionContext, SectionDraft, SentenceDraft } from "../context.ts";
import { ofStay, say } from "../context.ts";
import { whenDone } from "../procedures.ts";
import type { Topic } from "./told.ts";
import { lastValues, missing, readings, toldOn } from "./told.ts";

const deliveryName =
  /\bdelivery\b|\bc(?:a?esarean|-section)|\bchildbirth\b|\bepisiotomy\b|\brepair of (?:perine|vagin|obstetric)|\bepidural\b|kaiserschnitt|partus|entbindung/iu;

/** LOINC: gestational age, estimated blood loss, gravidity, parity; else by name. */
const measured = {
  codes: ["11884-4", "55103-6", "11996-6", "11977-6"],
  name: /\bgestational age\b|\bblood loss\b|\bgravid\w*|\bparity\b|\bgroup b strep\w*|\brubella\b|\bhepatitis b surface\b|\babo\b|\brh (?:type|factor|\(d\))|\bblood (?:group|type)\b|blutverlust|gestationsalter|blutgruppe/iu,
};

const course: Topic = {
  lead: "delivery.course",
  title: /^(?:delivery(?: note| summary)?|labou?r and delivery|geburtsverlauf|entbindung)$/iu,
  words: /\b(?:delivered|gave birth|perineal (?:tear|laceration)|placenta delivered)\b|dammriss|entbunden/iu,
};
const child: Topic = {
  lead: "delivery.child",
  title: /^(?:newborn|infant|baby|child|kind|neugeborenes)$/iu,
  words: /\b(?:live(?:born)?|healthy) (?:male|female|boy|girl|infant|baby)\b|\bapgar\b|lebendgeborene?/iu,
};
const feeding: Topic = {
  lead: "delivery.feeding",
  title: /^(?:feeding|lactation|stillen)$/iu,
  words: /\bbreast-?feeding\b|\blactation\b|\bstillt\b/iu,
};

function deliveries(context: SectionContext): readonly SentenceDraft[] {
  return context
    .of("procedure")
    .filter((fact) => ofStay(fact) && fact.status === "completed" && deliveryName.test(fact.label))
    .map((fact) =>
      say(context.words.text("delivery.done", { name: fact.label, when: whenDone(context, [fact]) }), fact),
    );
}

function data(context: SectionContext): readonly SentenceDraft[] {
  const facts = lastValues(readings(context, measured.codes, measured.name));
  const values = facts.map((fact) => `${fact.label} ${fact.result?.printed ?? ""}`);
  return facts.length === 0 ? [] : [say(context.words.text("delivery.data", { values: values.join("; ") }), facts)];
}

/** Writes `delivery`. */
export function deliverySection(context: SectionContext): SectionDraft {
  const [done, noted] = [deliveries(context), toldOn(context, course)];
  return {
    sentences: [
      ...done,
      ...data(context),
      ...noted,
      ...toldOn(context, child),
      ...toldOn(context, feeding),
      ...missing(context, [["delivery.missingMode", [...done, ...noted]]]),
    ],
    lookedFor: "delivery.lookedFor",
  };
}
