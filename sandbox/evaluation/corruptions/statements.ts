/** The forms in which true sentences are told, taken apart: what `retold.ts` puts together anew. */

const day = String.raw`(?<day>\d{1,2} \p{L}+ \d{4}|\p{L}+ \d{1,2}, \d{4})`;

const forms = {
  value: new RegExp(`^(?<name>.+) was (?<value>\\d+(?:\\.\\d+)?(?: [^\\s]+)?) on ${day}\\.$`, "u"),
  procedure: new RegExp(`^(?<name>.+) was performed on ${day}\\.$`, "u"),
  study: new RegExp(`^(?<name>.+) on ${day} showed (?<finding>.+)\\.$`, "u"),
  diagnosis: /^The patient had (?<name>.+)\.$/u,
  ruledOut: /^(?<name>.+) was ruled out\.$/u,
  prescribed:
    /^(?<name>\p{Lu}[\p{L}-]+(?: \p{L}+)?) (?<dose>\d+(?:\.\d+)? \S+) (?<often>.+) was (?<act>prescribed|continued) at discharge\.$/u,
  stopped: /^(?<name>\p{Lu}[\p{L}-]+(?: \p{L}+)?) was stopped\.$/u,
} as const;

export type StatementForm = keyof typeof forms;

export interface Statement {
  readonly form: StatementForm;
  readonly name: string;
  /** The parts that this form has: `value`, `day`, `finding`, `dose`, `often`, `act`. */
  readonly parts: Readonly<Record<string, string>>;
}

/** The statement in its parts; undefined for a sentence of another form. */
export function readStatement(text: string): Statement | undefined {
  for (const form of ["value", "procedure", "study", "diagnosis", "ruledOut", "prescribed", "stopped"] as const) {
    const parts = forms[form].exec(text)?.groups;
    if (parts !== undefined) return { form, name: parts["name"] ?? "", parts };
  }
  return undefined;
}

/** The day of a statement as milliseconds since the epoch; NaN where it names none. */
export const dayMs = ({ parts }: Statement): number => Date.parse(`${parts["day"] ?? ""} UTC`);

/** The amount of a value without its unit. */
export const amountOf = ({ parts }: Statement): number => Number.parseFloat(parts["value"] ?? "");
