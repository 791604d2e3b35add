/** The stay's calendar: days from the admission, clock times in the hospital's zone, and how FHIR and people write them. */
import type { Dice } from "./dice.ts";
import { monthNames } from "./month-names.ts";

export interface StayTime {
  readonly timeZone: string;
  readonly nights: number;
  /** FHIR dateTime of a clock time, `day` days after the admission (negative: before). */
  readonly at: (day: number, hour: number, minute?: number) => string;
  /** `YYYY-MM-DD` that many days after the admission. */
  readonly day: (day: number) => string;
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making one takes a hundred times as long as using it. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  const format = known ?? new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" });
  formats.set(timeZone, format);
  return format;
}

function offsetMs(instant: number, timeZone: string): number {
  const parts = formatOf(timeZone).format(instant);
  return Date.parse(`${parts.replace(" ", "T")}Z`) - instant;
}

/** `2026-03-17T08:15:00+01:00`, or the same instant in UTC. */
function written(instant: number, timeZone: string, inUtc: boolean): string {
  if (inUtc) return new Date(instant).toISOString().replace(".000Z", "Z");
  const offset = offsetMs(instant, timeZone);
  const minutes = Math.abs(offset) / 60_000;
  const two = (value: number): string => String(value).padStart(2, "0");
  const sign = offset < 0 ? "-" : "+";
  const local = new Date(instant + offset).toISOString().slice(0, 19);
  return `${local}${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** A stay of `nights` nights that begins on a day of the years 2024 to 2026. */
export function createStayTime(dice: Dice, timeZone: string, nights: number): StayTime {
  const first = Date.parse("2024-01-10T00:00:00Z") + dice.between(0, 940) * dayMs;
  const inUtc = dice.chance(0.4);
  const dayOf = (day: number): string => new Date(first + day * dayMs).toISOString().slice(0, 10);
  return {
    timeZone,
    nights,
    day: dayOf,
    at: (day, hour, minute = 0) => {
      const wall = first + day * dayMs + hour * hourMs + minute * 60_000;
      return written(wall - offsetMs(wall - offsetMs(wall, timeZone), timeZone), timeZone, inUtc);
    },
  };
}

/** `18 Mar 2026`, `18 March 2026` or `March 18, 2026` of `2026-03-18`. */
export function inWords(day: string, form: "short" | "long" | "american"): string {
  const [year = "", month = "", date = ""] = day.split("-");
  const name = monthNames[Number(month) - 1] ?? "";
  const number = String(Number(date));
  if (form === "american") return `${name} ${number}, ${year}`;
  return `${number} ${form === "short" ? name.slice(0, 3) : name} ${year}`;
}
