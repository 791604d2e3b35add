/** What says that a device was taken out: a status, an end, a procedure, the words of a note. */
import type { Fact } from "../chart/facts.ts";
import { compareTimes, liesBefore } from "../facts/dates.ts";
import type { SectionContext } from "./context.ts";
import type { FoundSection } from "./notes.ts";
import { noteSections } from "./notes.ts";

/** Devices that go by several names; a name and a removal that meet in one of these speak of one device. */
const temporary: readonly RegExp[] = [
  /\bfoley\b|(?=.*\bcatheter)(?=.*\b(?:urin\w*|bladder|urethr\w*|suprapubic)\b)/isu,
  /\bpicc\b|\bmidline\b|\bcvc\b|\bcentral (?:venous )?(?:line|catheter)|\bperipherally inserted\b|\bdialysis catheter|\b(?:jugular|subclavian|femoral)\b.*\b(?:line|catheter)/isu,
  /\bperipheral (?:intravenous|venous|iv)\b|\bpiv\b/iu,
  /\barterial (?:line|catheter)|\ba-line\b/iu,
  /\bchest (?:tube|drain)|\bthoracostomy\b|\bpleural (?:drain|catheter|tube)/iu,
  /\bendotracheal\b|\b(?:in|ex)tubat\w*|\btracheal tube|\bett\b/iu,
  /\btracheostom\w*|\bdecannulat\w*/iu,
  /\b(?:naso|oro)\w*[- ].{0,20}\btube|\bng tube|\bfeeding tube|\bgastrostomy\b|\bpeg\b|\bdobhoff\b/iu,
  /\bventriculostomy\b|\b(?:external )?ventricular drain|\bevd\b/iu,
  /\b(?:surgical|wound|abdominal|jackson-?pratt|jp|blake|hemovac|penrose|biliary|pigtail) drains?\b/iu,
  /\bepidural catheter/iu,
  /\bpacing wires?\b|\btemporary pacemaker\b/iu,
  /\bnephrostomy\b/iu,
  /\b(?:ureteral|ureteric|double[- ]?j|jj) stent/iu,
];

/** Head nouns: a note that says "drain removed" may mean any drain. */
const heads = /\b(?:catheter|line|drain|tube|stent|wire|pacemaker|port|prosthesis|implant|device)s?\b/giu;

const removal =
  /\b(?:remov(?:al|ed)|explant\w*|extubat(?:ed|ion)|decannulat(?:ed|ion)|discontinued|pulled|taken out|withdrawn|came out|(?:is|was|now) out)\b/iu;
const notDone =
  /\b(?:to be|will be|should be|can be|may be|not|until|before|if|when|once|plan\w*|for|after|awaiting|consider\w*|pending|prior to)\b[^.;]{0,30}\b(?:remov|explant|extubat|decannulat|discontinu|pulled|taken out|withdrawn)/iu;

const insertion = /\b(?:insertion|placement|intubation|insert|place|catheteri[sz]ation)\b/iu;

/** True where the words tell of a removal that was done. */
function tellsRemoval(text: string): boolean {
  return removal.test(text) && !notDone.test(text);
}

/** `certain`: the same kind of device; `possible`: only the head noun agrees. */
type Match = "certain" | "possible" | "none";

function matchOf(device: string, text: string): Match {
  const own = temporary.filter((kind) => kind.test(device));
  if (own.some((kind) => kind.test(text))) return "certain";
  if (text.toLowerCase().includes(device.toLowerCase())) return "certain";
  // "Arterial line removed" says nothing about the bladder catheter.
  if (temporary.some((kind) => kind.test(text))) return "none";
  const words = (value: string): readonly string[] =>
    [...value.matchAll(heads)].map(([word]) => word.toLowerCase().replace(/s$/u, ""));
  return words(device).some((word) => words(text).includes(word)) ? "possible" : "none";
}

const isLater = (fact: Fact, device: Fact): boolean =>
  fact.time === undefined || device.time === undefined || compareTimes(fact.time, device.time) >= 0;

function removingProcedures(context: SectionContext, device: Fact, match: Match): readonly Fact[] {
  const own = new Set(device.evidence.map(({ reference }) => reference));
  return context
    .of("procedure")
    .filter((fact) => fact.status === "completed" && fact.period !== "after" && isLater(fact, device))
    .filter((fact) => {
      const named = fact.procedure?.removes.some((reference) => own.has(reference)) === true;
      const found = named ? "certain" : tellsRemoval(fact.label) ? matchOf(device.label, fact.label) : "none";
      return found === match;
    });
}

/** True when a status, an end within the stay or a procedure says that the device is not in place any more. */
export function isRemoved(context: SectionContext, device: Fact): boolean {
  const discharge = context.chart.encounter.period?.end;
  const end = device.device?.end;
  if (device.status !== "active") return true;
  // An end that lies ahead of the discharge is a plan: the patient leaves with the device.
  if (end !== undefined && (discharge === undefined || liesBefore(end, discharge))) return true;
  return removingProcedures(context, device, "certain").length > 0;
}

function sentencesOf({ fact, section }: FoundSection): readonly FoundSection[] {
  let from = 0;
  return section.text.split(/(?<=[.;!?\n])\s*/u).map((text) => {
    const start = section.text.indexOf(text, from);
    from = start + text.length;
    return { fact, section: { ...section, text: text.trim() } };
  });
}

/** Sentences of this stay's notes, after the device came in, that say it, or one like it, is out. */
export function notedRemovals(context: SectionContext, device: Fact): readonly FoundSection[] {
  return noteSections(context, /.*/u, (fact) => isLater(fact, device))
    .flatMap(sentencesOf)
    .filter(({ section }) => tellsRemoval(section.text) && matchOf(device.label, section.text) !== "none");
}

/** Procedures that took out a device of which only the head noun agrees. */
export function possibleRemovals(context: SectionContext, device: Fact): readonly Fact[] {
  return removingProcedures(context, device, "possible");
}

/** Completed insertions of temporary devices that no device entry, procedure or note accounts for afterwards. */
export function unaccountedInsertions(context: SectionContext): readonly Fact[] {
  const devices = context.of("device");
  return context.of("procedure").filter((fact) => {
    const kinds = temporary.filter((kind) => kind.test(fact.label));
    if (fact.status !== "completed" || fact.period !== "this-stay" || kinds.length === 0) return false;
    if (!insertion.test(fact.label) || tellsRemoval(fact.label)) return false;
    const onRecord = devices.some((device) => kinds.some((kind) => kind.test(device.label)));
    return (
      !onRecord &&
      removingProcedures(context, fact, "certain").length === 0 &&
      notedRemovals(context, fact).length === 0
    );
  });
}
