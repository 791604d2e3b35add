/**
 * True parts told together falsely: each name, value and day stands in the chart, and the sentence as a whole does not.
 * A model that cites generously brings the evidence for every part of it along.
 */
import type { Corruption, CorruptionInput, CorruptionKinds } from "./corruption.ts";
import { pick } from "./corruption.ts";
import type { Statement, StatementForm } from "./statements.ts";
import { amountOf, dayMs, readStatement } from "./statements.ts";

const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

/** The chart's other true sentences of a form. */
const others = ({ truths, text }: CorruptionInput, form: StatementForm): readonly Statement[] =>
  [...truths].flatMap((other) => {
    const read = other === text ? undefined : readStatement(other);
    return read?.form === form ? [read] : [];
  });

/** Retells a sentence of one form; a template that has nothing to put together gives undefined. */
const retell =
  (
    form: StatementForm,
    templates: (own: Statement, input: CorruptionInput) => readonly (string | undefined)[],
  ): Corruption =>
  (input) => {
    const own = readStatement(input.text);
    if (own?.form !== form) return undefined;
    return pick(
      templates(own, input).filter((made) => made !== undefined),
      input.random,
    );
  };

/** The test's values in the order of their days, this one included; empty where two share a day or a value, for then neither is "the" one. */
function seriesOf(own: Statement, input: CorruptionInput): readonly Statement[] {
  const series = [own, ...others(input, "value").filter(({ name }) => name === own.name)].toSorted(
    (a, b) => dayMs(a) - dayMs(b),
  );
  const days = new Set(series.map(dayMs));
  const amounts = new Set(series.map(amountOf));
  const units = new Set(series.map(({ parts }) => parts["value"]?.split(" ")[1]));
  return days.size === series.length && amounts.size === series.length && units.size === 1 ? series : [];
}

/** Another value of the same test that differs. */
const anotherOf = (own: Statement, input: CorruptionInput): Statement | undefined =>
  pick(
    seriesOf(own, input).filter((other) => amountOf(other) !== amountOf(own)),
    input.random,
  );

const valueOf = ({ parts }: Statement): string => parts["value"] ?? "";
const dayOf = ({ parts }: Statement): string => parts["day"] ?? "";

const firstForLast = retell("value", (own, input) => {
  const series = seriesOf(own, input);
  const [first, last] = [series[0], series.at(-1)];
  if (first === undefined || last === undefined || amountOf(first) === amountOf(last)) return [];
  return [
    `${own.name} was ${valueOf(first)} at discharge.`,
    `${own.name} was ${valueOf(last)} on admission.`,
    `${own.name} was ${valueOf(last)} on admission and ${valueOf(first)} at discharge.`,
  ];
});

const trendTurned = retell("value", (own, input) => {
  const series = seriesOf(own, input);
  return series.flatMap((later, index) => {
    const earlier = series[index - 1];
    if (earlier === undefined || amountOf(earlier) === amountOf(later)) return [];
    const verb = amountOf(earlier) < amountOf(later) ? "fell" : "rose";
    return [
      `${own.name} ${verb} from ${valueOf(later)} to ${valueOf(earlier)}.`,
      `${own.name} ${verb} from ${valueOf(later)} on ${dayOf(earlier)} to ${valueOf(earlier)} on ${dayOf(later)}.`,
    ];
  });
});

const falseExtreme = retell("value", (own, input) => {
  const amounts = seriesOf(own, input).map(amountOf);
  if (amounts.length < 2) return [];
  return [
    amountOf(own) < Math.max(...amounts) ? `${own.name} peaked at ${valueOf(own)}.` : undefined,
    amountOf(own) > Math.min(...amounts) ? `${own.name} was lowest at ${valueOf(own)} on ${dayOf(own)}.` : undefined,
    amountOf(own) < Math.max(...amounts) ? `${own.name} was never above ${valueOf(own)}.` : undefined,
  ];
});

const ofAnotherDay = retell("value", (own, input) => {
  const other = anotherOf(own, input);
  return other === undefined ? [] : [`${own.name} was ${valueOf(own)} on ${dayOf(other)}.`];
});

const ofAnotherTest = retell("value", (own, input) => {
  const known = new Set(seriesOf(own, input).map(valueOf));
  const other = pick(
    others(input, "value").filter((one) => one.name !== own.name && !known.has(valueOf(one))),
    input.random,
  );
  return other === undefined || known.size === 0
    ? []
    : [`${own.name} was ${valueOf(other)} on ${dayOf(own)}.`, `${other.name} was ${valueOf(own)} on ${dayOf(other)}.`];
});

const onProcedure = retell("value", (own, input) => {
  const [procedure] = others(input, "procedure");
  // The same value on a day before it would make the sentence true.
  const isOne = seriesOf(own, input).length > 0;
  if (procedure === undefined || !isOne || !(dayMs(procedure) < dayMs(own))) return [];
  return [
    `${own.name} was ${valueOf(own)} before ${lower(procedure.name)}.`,
    `${procedure.name} was performed after ${lower(own.name)} of ${valueOf(own)}.`,
  ];
});

const notAsDone = retell("procedure", (own) => [
  `${own.name} was planned for ${dayOf(own)}.`,
  `${own.name} was refused on ${dayOf(own)}.`,
  `${own.name} was performed twice on ${dayOf(own)}.`,
  `${own.name} was attempted on ${dayOf(own)} and abandoned.`,
  `${own.name} was performed before admission.`,
  `${own.name} was postponed until ${dayOf(own)}.`,
]);

const otherStudy = retell("study", (own, input) => {
  const { finding = "" } = own.parts;
  const [procedure] = others(input, "procedure");
  return [
    procedure === undefined ? undefined : `${procedure.name} showed ${finding}.`,
    `${own.name} on ${dayOf(own)} was planned for ${finding}.`,
    `A repeat ${lower(own.name)} showed no ${finding}.`,
  ];
});

const doseOfAnother = retell("prescribed", (own, input) => {
  const { dose = "", often = "" } = own.parts;
  const other = pick(
    others(input, "prescribed").filter((one) => one.parts["dose"] !== dose && one.name !== own.name),
    input.random,
  );
  if (other === undefined) return [];
  const { dose: foreign = "", often: foreignOften = "" } = other.parts;
  return [
    `${own.name} ${foreign} ${often} was prescribed at discharge.`,
    `${own.name} ${foreign} and ${lower(other.name)} ${dose} were prescribed at discharge.`,
    often === foreignOften ? undefined : `${own.name} ${dose} ${foreignOften} was prescribed at discharge.`,
  ];
});

const exchanged = retell("prescribed", (own, input) => {
  const other = pick([...others(input, "stopped"), ...others(input, "prescribed")], input.random);
  if (other === undefined || other.name === own.name) return [];
  return [
    `${own.name} was changed to ${lower(other.name)}.`,
    `${own.name} was replaced by ${lower(other.name)}.`,
    `${other.name} was switched to ${lower(own.name)}.`,
    `${own.name} was given instead of ${lower(other.name)}.`,
  ];
});

const fateOfStopped = retell("stopped", (own) => [
  `${own.name} was continued at discharge.`,
  `${own.name} was newly started.`,
  `${own.name} was resumed at discharge.`,
  `The patient was discharged on ${lower(own.name)}.`,
  `${own.name} was prescribed at discharge.`,
]);

const fateOfPrescribed = retell("prescribed", (own) => {
  const { dose = "", often = "", act } = own.parts;
  return [
    `${own.name} was stopped.`,
    `${own.name} ${dose} ${often} was held at discharge.`,
    `${own.name} ${dose} ${often} was completed before discharge.`,
    `${own.name} was prescribed and cancelled before discharge.`,
    act === "continued" ? `${own.name} ${dose} ${often} was newly started.` : undefined,
  ];
});

const givenFor: Corruption = (input) => {
  const own = readStatement(input.text);
  if (own?.form !== "diagnosis" && own?.form !== "ruledOut") return undefined;
  const medicine = pick([...others(input, "prescribed"), ...others(input, "stopped")], input.random);
  if (medicine === undefined) return undefined;
  return pick(
    [
      `${medicine.name} was given for ${lower(own.name)}.`,
      `${own.name.charAt(0).toUpperCase()}${own.name.slice(1)} was treated with ${lower(medicine.name)}.`,
      `${medicine.name} was stopped because of ${lower(own.name)}.`,
      `${medicine.name} caused ${lower(own.name)}.`,
    ],
    input.random,
  );
};

const ruledOutOtherwise = retell("ruledOut", (own) => [
  `${own.name} was found.`,
  `${own.name} resolved.`,
  `${own.name} was present on admission.`,
  `${own.name} could not be ruled out.`,
  `${own.name} was treated.`,
  `The patient had ${lower(own.name)}.`,
]);

const inAnotherTime = retell("diagnosis", (own) => {
  const name = own.name.charAt(0).toUpperCase() + own.name.slice(1);
  return [
    `${name} resolved.`,
    `${name} was known before admission.`,
    `${name} had resolved by discharge.`,
    `The patient had no ${own.name}.`,
    `${name} was suspected.`,
    `The patient had a past history of ${own.name}.`,
    `${name} recurred.`,
  ];
});

/** Nothing invented, nothing changed: only told of another thing, day or time. */
export const retoldCorruptions: CorruptionKinds = {
  "retold: value of another day": { critical: true, make: ofAnotherDay },
  "retold: value of another test": { critical: true, make: ofAnotherTest },
  "retold: first for last": { critical: true, make: firstForLast },
  "retold: trend turned": { critical: true, make: trendTurned },
  "retold: false extreme": { critical: true, make: falseExtreme },
  "retold: before a procedure": { critical: true, make: onProcedure },
  "retold: dose of another medicine": { critical: true, make: doseOfAnother },
  "retold: one medicine for another": { critical: true, make: exchanged },
  "retold: fate of what was stopped": { critical: true, make: fateOfStopped },
  "retold: fate of what was prescribed": { critical: true, make: fateOfPrescribed },
  "retold: medicine for a diagnosis": { critical: false, make: givenFor },
  "retold: ruled out, told otherwise": { critical: false, make: ruledOutOtherwise },
  "retold: diagnosis in another time": { critical: false, make: inAnotherTime },
  "retold: procedure not as done": { critical: false, make: notAsDone },
  "retold: finding of another study": { critical: false, make: otherStudy },
};
