/** The patient and everything that tells who that is. */
import type { Patient } from "fhir/r4.js";
import { cities, familyNames, givenNames, streets } from "../catalogue/people.ts";
import type { Dice } from "../dice.ts";

export interface Person {
  readonly patient: Patient;
  readonly fullName: string;
  /** Strings of which none may leave the house. */
  readonly identifiers: readonly string[];
}

const digits = (dice: Dice, count: number): string =>
  Array.from({ length: count }, () => String(dice.between(0, 9))).join("");

/** Somebody born on `birthDate` (`YYYY-MM-DD`). Names are of several scripts; numbers are long enough to be found again. */
export function createPerson(dice: Dice, id: string, birthDate: string): Person {
  const gender = dice.chance(0.5) ? "female" : "male";
  const family = dice.pick(familyNames);
  const given = dice.pick(givenNames[gender]);
  const mrn = `MRN${digits(dice, 8)}`;
  const phone = `+1 555 ${digits(dice, 3)} ${digits(dice, 4)}`;
  const email = `patient.${digits(dice, 6)}@mail.example`;
  const street = `${dice.between(100, 999)} ${dice.pick(streets)}`;
  const postalCode = digits(dice, 5);
  const patient: Patient = {
    resourceType: "Patient",
    id,
    meta: { versionId: "1" },
    identifier: [{ system: "urn:oid:2.16.840.1.113883.19.5", value: mrn }],
    name: [{ use: "official", family, given: [given] }],
    gender,
    birthDate,
    telecom: [
      { system: "phone", value: phone },
      { system: "email", value: email },
    ],
    address: [{ line: [street], city: dice.pick(cities), postalCode }],
  };
  const identifiers = [family, given, mrn, phone, email, street, postalCode, birthDate];
  return { patient, fullName: `${given} ${family}`, identifiers };
}
