/** Where a launch from outside the EHR gets its context: a page on which somebody signs in and picks patient and stay. */

/** Who can sign in here, and what there is to pick. */
export interface LaunchDesk {
  readonly users: readonly { readonly fhirUser: string; readonly name: string }[];
  patients(): readonly DeskPatient[];
}

export interface DeskPatient {
  readonly id: string;
  readonly label: string;
  readonly stays: readonly { readonly id: string; readonly label: string }[];
}

/** Parameters that the page adds to the request it was shown for. */
export const pickParameters = ["picked_user", "picked"] as const;

export interface Picked {
  readonly fhirUser: string;
  readonly patient?: string;
  readonly encounter?: string;
}

/** Which of the two the app may be told; both only if it asked for them and may have them. */
export interface Wanted {
  readonly patient: boolean;
  readonly encounter: boolean;
}

/** The user by id or reference; the first one where nobody is named. Undefined for somebody who does not work here. */
export function userOf(desk: LaunchDesk, named: string | undefined): string | undefined {
  const user = named === undefined ? desk.users[0] : desk.users.find(({ fhirUser }) => fhirUser === asReference(named));
  return user?.fhirUser;
}

function asReference(named: string): string {
  return named.includes("/") ? named : `Practitioner/${named}`;
}

/** What was picked on the page; undefined for what the page does not offer. @param picked `patient` or `patient/encounter` */
export function readPick(desk: LaunchDesk, fhirUser: string, picked: string, wanted: Wanted): Picked | undefined {
  const [patientId, encounterId] = picked.split("/");
  const patient = desk.patients().find(({ id }) => id === patientId);
  const stay = patient?.stays.find(({ id }) => id === encounterId);
  if (patient === undefined || (encounterId !== undefined && stay === undefined)) return undefined;
  return {
    fhirUser,
    ...(wanted.patient && { patient: patient.id }),
    ...(wanted.encounter && stay && { encounter: stay.id }),
  };
}

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

function choices(patients: readonly DeskPatient[], wanted: Wanted): string {
  const rows = patients.flatMap(({ id, label, stays }) =>
    wanted.encounter
      ? stays.map((stay) => ({ value: `${id}/${stay.id}`, text: `${label}, ${stay.label}` }))
      : [{ value: id, text: label }],
  );
  return rows
    .map(
      ({ value, text }) =>
        `<p><label><input type="radio" name="picked" value="${escape(value)}" required> ${escape(text)}</label></p>`,
    )
    .join("\n");
}

/**
 * The page. It sends the same authorization request once more, with what was picked; nothing is kept in the browser, so that
 * it works in any frame.
 *
 * @param request parameters of the authorization request
 */
export function pickerPage(desk: LaunchDesk, request: Readonly<Record<string, string>>, wanted: Wanted): string {
  const hidden = Object.entries(request).map(
    ([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`,
  );
  const signedIn = userOf(desk, request["login_hint"]);
  const users = desk.users.map(
    ({ fhirUser, name }) =>
      `<option value="${escape(fhirUser)}"${fhirUser === signedIn ? " selected" : ""}>${escape(name)}</option>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sandbox EHR: choose a patient</title>
<style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem }</style>
<main>
<h1>Open an app</h1>
<form method="get">
${hidden.join("\n")}
<p><label>Signed in as <select name="picked_user">${users.join("")}</select></label></p>
<fieldset><legend>${wanted.encounter ? "Patient and stay" : "Patient"}</legend>
${choices(desk.patients(), wanted)}
</fieldset>
<p><button type="submit">Open</button></p>
</form>
</main>
</html>
`;
}
