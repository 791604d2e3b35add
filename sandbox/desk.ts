import type { LaunchDesk } from "./auth/picker.ts";
import type { JsonResource } from "./fhir/resource.ts";
import type { FhirServer } from "./fhir/server.ts";
import type { SandboxUser } from "./users.ts";

/** What somebody who launches an app from outside can pick: the patients of the FHIR server, with their stays. */
export function launchDesk(fhir: () => FhirServer, users: readonly SandboxUser[]): LaunchDesk {
  return {
    users: users.map(({ id, name }) => ({ fhirUser: `Practitioner/${id}`, name })),
    patients: () => {
      const stays = [...fhir().store.list("Encounter")];
      return [...fhir().store.list("Patient")].map((patient) => ({
        id: patient.id,
        label: patientLabel(patient),
        stays: stays.filter((stay) => isOf(stay, patient.id)).map((stay) => ({ id: stay.id, label: stayLabel(stay) })),
      }));
    },
  };
}

function isOf(stay: JsonResource, patient: string): boolean {
  return JSON.stringify(stay["subject"])?.includes(`"Patient/${patient}"`) ?? false;
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function patientLabel(patient: JsonResource): string {
  const name = member(patient["name"], "0");
  const given = member(name, "given");
  const parts = [text(member(name, "family")), Array.isArray(given) ? given.join(" ") : ""].filter(Boolean);
  return [parts.join(", ") || String(patient["id"]), text(patient["birthDate"])].filter(Boolean).join(", born ");
}

function stayLabel(stay: JsonResource): string {
  const since = text(member(stay["period"], "start")).slice(0, 10);
  const kind = text(member(stay["class"], "code")) || "stay";
  return since === "" ? kind : `${kind} since ${since}`;
}
