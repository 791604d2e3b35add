/** What has become of a document on its way into the EHR, and what mends it: in words, in one place. */

export type WriteState = "due" | "retrying" | "waiting-for-launch" | "written" | "rejected" | "superseded";

/** The word that stands in a write's row for a signer's token that has ended. */
export const launchNeeded = "launch_needed";
/** The same for a document that the EHR has confirmed and does not show. */
export const documentUnseen = "document_unseen";

export interface WriteFacts {
  readonly state: "pending" | "written" | "rejected";
  /** Of the last try: a code of the table of errors, `launch_needed`, `document_unseen` or `superseded`. */
  readonly error: string | null;
  /** HTTP status of the EHR's answer to it, where there was one. */
  readonly status?: number | undefined;
}

export function writeStateOf({ state, error }: WriteFacts): WriteState {
  if (state === "written") return "written";
  if (state === "rejected") return error === "superseded" ? "superseded" : "rejected";
  if (error === null) return "due";
  return error === launchNeeded ? "waiting-for-launch" : "retrying";
}

export interface WriteMeaning {
  readonly means: string;
  /** What a person can do. */
  readonly fix: string;
}

const again = "then `handover document retry JOB` (or the page's button).";
const byItself = "Nothing to do: it is tried again by itself, ever more slowly, up to an hour apart.";
const shown = "`handover document describe JOB` shows what is sent and why;";

const byStatus: Readonly<Record<number, WriteMeaning>> = {
  401: {
    means: "the EHR does not accept our token",
    fix: `Check the client's registration and keys (\`handover doctor --tenant ID\`), ${again}`,
  },
  403: {
    means: "the EHR lets this client, or this user, create no such document",
    fix: `Have the scope for DocumentReference create granted, ${again}`,
  },
  404: {
    means: "the EHR has no DocumentReference at this address, or does not know patient or stay",
    fix: `Check ehr.fhirBaseUrl and what the CapabilityStatement lists (\`handover doctor --tenant ID\`), ${again}`,
  },
  405: {
    means: "the EHR lets nobody create DocumentReference here",
    fix: `Ask the EHR's analyst how documents are filed, ${again}`,
  },
  413: {
    means: "the document is too large for the EHR",
    fix: `Choose a shorter form in ehr.writeProfile.contentTypes, or have the limit raised, ${again}`,
  },
  415: {
    means: "the EHR does not take this form of request",
    fix: `Ask for JSON (application/fhir+json) to be enabled, ${again}`,
  },
  501: {
    means: "the EHR does not do this",
    fix: `Ask the EHR's analyst how documents are filed, ${again}`,
  },
};

/** 3xx: a bearer token follows no redirect. */
const moved: WriteMeaning = {
  means: "the EHR sends us to another address",
  fix: `Enter the address that it names as ehr.fhirBaseUrl, if it is the EHR's own, ${again}`,
};

const wrong: WriteMeaning = {
  means: "the EHR finds the document wrong",
  fix: `Read what it says; ${shown} change ehr.writeProfile, apply it, ${again}`,
};

const byCode: Readonly<Record<string, WriteMeaning>> = {
  ehr_failed: { means: "the EHR did not answer as expected", fix: byItself },
  ehr_timeout: { means: "the EHR did not answer in time", fix: byItself },
  ehr_token_refused: {
    means: "the EHR's authorization server gives us no token",
    fix: "Check the client's registration, scopes and keys there (`handover doctor --tenant ID`); it goes in by itself then.",
  },
  ehr_refused: wrong,
  resource_invalid: {
    means: "the document breaks a rule of FHIR, and was not sent: a defect of the adapter, not of the EHR",
    fix: "Report it with what is said here. The summary stands, and its other forms can be had.",
  },
  too_large: {
    means: "the document is larger than ehr.writeProfile.maxBytes",
    fix: `Raise it, or choose a shorter form in ehr.writeProfile.contentTypes, ${again}`,
  },
  rendering_unavailable: {
    means: "ehr.writeProfile.contentTypes names a form that does not exist",
    fix: `Choose among text/plain, text/html, application/xhtml+xml, text/markdown, application/pdf, text/xml (C-CDA), ${again}`,
  },
  [launchNeeded]: {
    means: "it is written with the signer's own token, and that has ended",
    fix: "It goes in by itself when the signer opens this patient's chart in the EHR and the summary in it.",
  },
  [documentUnseen]: {
    means: "the EHR has confirmed the document and does not show it yet; it is looked for, and not sent a second time",
    fix: "Nothing to do where its search lags behind. Where documents are released by hand, or it was lost there: ask the EHR's people; `handover document retry JOB` sends it anew.",
  },
  superseded: {
    means: "the summary changed again before its turn: the later version goes in its place",
    fix: "Nothing.",
  },
};

const unknown: WriteMeaning = {
  means: "it could not be written",
  fix: `The adapter's log has more; ${again}`,
};

function ofStatus(status: number): WriteMeaning | undefined {
  return status >= 300 && status < 400 ? moved : byStatus[status];
}

/** Undefined where nothing is wrong. */
export function explainWrite({ state, error, status }: WriteFacts): WriteMeaning | undefined {
  if (state === "written" || error === null) return undefined;
  const told = error === "ehr_refused" && status !== undefined ? ofStatus(status) : undefined;
  return told ?? byCode[error] ?? unknown;
}
