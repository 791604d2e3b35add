/**
 * What the page says of its own, in English. The measure for every other language (`texts.<language>.js`), which the server sends
 * under this name to a page of that language: one language is loaded, and no script asks which. A text with places is a function
 * of one object, so that a text that is missing, a place that nobody fills and a wrong plural do not pass the compiler.
 */

/** @typedef {import("../../core/error-table.ts").ErrorCode} ErrorCode */
/**
 * Errors in words for who reads the page: `[what happened, what to do]`. A code that is not there is told in the server's English.
 * @typedef {Readonly<Partial<Record<ErrorCode, readonly [what: string, fix: string]>>>} ErrorWords
 */
/** @typedef {typeof texts} Texts */

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** @param {number} count @param {string} one @param {string} many */
const counted = (count, one, many) => (count === 1 ? `1 ${one}` : `${count} ${many}`);

/** @type {ErrorWords} */
const errors = {};

/** `MedicationRequest` as a reader's words: `medication request`. @param {string} type */
function typeWords(type) {
  // The file that a document's text stands in; nobody at a ward calls it that.
  if (type === "Binary") return "document text";
  return type.replaceAll(/(?<=[a-z])(?=[A-Z])/gu, " ").toLowerCase();
}

export const texts = {
  errors,
  date: {
    /** @param {{ day: number, month: number, year: string }} p */
    day: ({ day, month, year }) => `${day} ${months[month - 1]} ${year}`,
    /** @param {{ month: number, year: string }} p */
    month: ({ month, year }) => `${months[month - 1]} ${year}`,
    /** @param {{ date: string, time: string }} p */
    time: ({ date, time }) => `${date}, ${time}`,
  },
  record: {
    /** A FHIR type, `count` of it. @param {{ type: string, count: number }} p */
    type: ({ type, count }) => `${typeWords(type)}${count === 1 ? "" : "s"}`,
    /** @param {{ what: string, count: number, added: number }} p `what` as `type` says it */
    changed: ({ what, count, added }) =>
      `${count} ${what}${added === 0 ? "" : added === count ? " (new)" : ` (${added} new)`}`,
  },
  connection: {
    lost: "The connection was lost.",
    retrying: "The connection was lost; trying again.",
    /** @param {{ status: number }} p */
    answered: ({ status }) => `The server answered ${status}.`,
  },
  banner: {
    /** @param {{ date: string }} p */
    born: ({ date }) => `born ${date}`,
    /** @param {{ patient: string, date: string }} p */
    patientBorn: ({ patient, date }) => `${patient}, born ${date}`,
    /** @param {{ date: string }} p */
    admitted: ({ date }) => `admitted ${date}`,
    /** @param {{ date: string }} p */
    discharged: ({ date }) => `discharged ${date}`,
  },
  label: {
    none: "No draft",
    draft: "AI draft, not signed",
    signed: "Signed",
    retracted: "Entered in error, do not use",
    discarded: "Discarded",
  },
  status: {
    amending: "Amending: edit what is wrong, then sign the amendment.",
    reading: "Reading the chart from the EHR.",
    waiting: "Waiting for access to the chart.",
    writing: "The draft is being written.",
    complete: "The draft is complete. Select a sentence to see its evidence.",
    /** @param {{ title: string, done: number, of: number }} p */
    sectionReady: ({ title, done, of }) => `${title} ready, ${done} of ${of}`,
    checking: "Checking whether the chart has changed since this draft.",
    saved: "Saved.",
    keptForAmendment: "Kept with the amendment, not signed yet.",
    /** @param {{ title: string }} p */
    added: ({ title }) => `Added to ${title}.`,
    reported: "Thank you: your report is kept, and the operator has been told.",
    filedAgain: "The document is filed again.",
    signed: "The summary is signed.",
    amended: "The amendment is signed.",
    retracted: "The summary is marked as entered in error.",
    discarded: "The draft is discarded.",
    feedbackKept: "Thank you: your feedback is kept.",
    ratingKept: "Thank you: your rating is kept.",
  },
  notice: {
    conflict: "Somebody else changed this summary meanwhile. It is shown as it is now; look again before you go on.",
    chartNotRead: "The chart could not be read from the EHR.",
    noPopup: "The browser did not let a new window open. Allow pop-up windows.",
    notLoaded: "The page could not be loaded. Open the summary from the EHR again.",
    jobNotRead: "The job could not be read.",
    noStay: "The EHR opened this page without a stay. Open it from the patient's stay.",
    none: "There is no discharge summary for this stay yet.",
    notWritten: "The draft could not be written.",
    stopped: "The draft was stopped.",
    discarded: "This draft was discarded. It is shown for reference only and must not be used.",
    retracted: "This summary was entered in error. Do not use it.",
    opensInEhr: "The chart can be read once somebody opens the summary inside the EHR.",
    /** @param {{ news: string }} p what changed; empty where that is not known */
    chartChanged: ({ news }) =>
      `The chart has changed since this draft was written${news === "" ? "" : `: ${news}`}. The draft does not say so.`,
    /** The reason that the history keeps for a draft that gave way to a new one. */
    anewReason: "The chart has changed since the draft was written.",
  },
  recall: {
    title: "This summary was recalled.",
    check: "Check it against the chart, and change what is wrong.",
    model: "It was written with the model",
    prompt: "It was written with the instruction",
    source: "It cites the record",
    /** @param {{ cause: string, subject: string, date: string, reason: string }} p */
    line: ({ cause, subject, date, reason }) => `${cause} ${subject}, recalled ${date}: ${reason}`,
  },
  act: {
    start: "Start a draft",
    again: "Try again",
    anew: "Start anew",
    startNew: "Start a new draft",
    writeNew: "Write a new draft",
    readAgain: "Read the chart again",
    stop: "Stop",
    discard: "Discard",
    sign: "Sign",
    retract: "Entered in error",
    amend: "Amend",
    cancelAmendment: "Cancel the amendment",
    signAmendment: "Sign the amendment",
    endSession: "End session",
    about: "About this draft",
    rate: "Rate this summary",
    report: "Report a safety problem",
    edit: "Edit",
    save: "Save",
    saving: "Saving\u2026",
    keep: "Keep for the amendment",
    cancel: "Cancel",
    close: "Close",
    send: "Send",
  },
  whyNot: {
    incomplete: "The draft is not complete.",
    readOnly: "This link lets you read. Open the summary from the EHR to edit or sign.",
    role: "Your role does not allow signing here.",
    editing: "Save or cancel your changes before signing.",
    editingAmendment: "Keep or cancel your changes before signing.",
    unchanged: "Nothing is changed yet.",
  },
  section: {
    own: "written by a person",
    unverified: "not verified",
    protected: "specially protected",
    notDocumented: "Not documented.",
    notWritten: "Not written yet",
    writing: "being written, not verified",
    /** @param {{ title: string }} p */
    edit: ({ title }) => `Edit ${title}`,
    /** @param {{ title: string }} p */
    text: ({ title }) => `Text of ${title}`,
    hint: "One sentence a line. A sentence you leave as it is keeps its evidence; what you write is marked as yours.",
    now: "What it says now",
    empty: "(empty)",
    /** @param {{ error: string }} p */
    notSaved: ({ error }) => `Not saved: ${error}`,
    conflict: "Somebody else changed this summary. Your text is kept; compare, then save again.",
  },
  evidence: {
    title: "Evidence",
    template: "Composed from the chart by fixed rules",
    model: "Written by a language model from the cited facts",
    person: "Written by a person",
    verified: "every value was found in the record",
    none: "No evidence found.",
    noneOfPerson: "No evidence: written by a person.",
    value: "Value",
    date: "Date",
    status: "Status",
    resource: "Resource",
    /** @param {{ reference: string, version: string }} p */
    versioned: ({ reference, version }) => `${reference}, version ${version}`,
    /** @param {{ count: number }} p @returns {string} */
    elements: ({ count }) => (count === 1 ? "Element" : "Elements"),
    reading: "Reading the record\u2026",
    notRead: "The record could not be read just now; what is shown was read when the draft was written.",
  },
  feedback: {
    title: "Feedback",
    /** @param {{ said: string }} p */
    said: ({ said }) => `Feedback: ${said}`,
    onSentence: "Feedback on this sentence",
    /** @param {{ said: string }} p */
    saidOfSentence: ({ said }) => `Feedback on this sentence: ${said}`,
    helpful: "helpful",
    wrong: "wrong",
    missing: "something missing",
    how: "How is it?",
    isHelpful: "Helpful",
    isWrong: "Wrong: it says what is not so",
    isMissing: "Something is missing that the chart holds",
    takeBack: "Take back what I said",
    why: "Why? (optional)",
    hint: "Your words are kept sealed with this summary, and change nothing in it.",
  },
  rating: {
    hint: "PDQI-9, nine questions about the quality of a clinical text: 1 is not at all, 5 is extremely.",
    items: {
      "up-to-date": "Up to date",
      accurate: "Accurate",
      thorough: "Thorough",
      useful: "Useful",
      organized: "Organized",
      comprehensible: "Comprehensible",
      succinct: "Succinct",
      synthesized: "Synthesized",
      "internally-consistent": "Internally consistent",
    },
  },
  review: {
    title: "Second look",
    /** @param {{ count: number }} p */
    missing: ({ count }) => (count === 0 ? "Nothing of weight is missing" : `${count} in the chart, not here`),
    /** @param {{ count: number }} p */
    doubted: ({ count }) => `${counted(count, "statement", "statements")} to check`,
    /** @param {{ count: number }} p */
    supported: ({ count }) => `${counted(count, "statement is", "statements are")} borne out by the chart.`,
    omissions: "In the chart, not in this draft",
    omissionsHint: "Each sentence is the one that the chart's rules would write; adding it brings its evidence along.",
    claims: "In this draft, not in the chart",
    claimsHint:
      "A statement that the chart does not bear out is no error by itself: you may know more than the record.",
    "not-supported": "The chart says otherwise",
    "not-addressed": "Not in the chart",
    /** @param {{ text: string }} p */
    quoted: ({ text }) => `\u201C${text}\u201D`,
    show: "Show the record",
    /** @param {{ about: string }} p */
    showOf: ({ about }) => `Show the record: ${about}`,
    /** @param {{ title: string }} p */
    add: ({ title }) => `Add to ${title}`,
    /** @param {{ title: string, what: string }} p */
    addOf: ({ title, what }) => `Add to ${title}: ${what}`,
    /** @param {{ count: number }} p */
    planted: ({ count }) =>
      `${counted(count, "record holds", "records hold")} text that is addressed to a computer. It was left out, and nothing in the draft follows it. Look at the record: somebody may have put it there on purpose.`,
    /** Why an omission weighs. */
    reasons: {
      "critical-result": "Critical result",
      allergy: "Allergy",
      "new-diagnosis": "Diagnosis of this stay",
      "follow-up-asked-for": "Follow-up asked for",
      "pending-result": "Result still awaited",
      "discharge-medicine": "Medicine at discharge",
      "stopped-medicine": "Home medicine stopped or held",
      procedure: "Procedure",
      device: "Device in place",
      "abnormal-result": "Abnormal result",
      "known-diagnosis": "Known diagnosis",
    },
  },
  sources: {
    changed: "Changed since this draft",
    notChecked: "Not checked",
    show: "Show in the draft",
    /** @param {{ text: string }} p */
    showOf: ({ text }) => `Show in the draft: ${text}`,
    stays: "The text stays as it is: take up what matters by editing it, or have a new draft written.",
    unread: "Whether they changed since the draft could not be checked: look at the chart before you sign.",
    /** @param {{ types: string }} p */
    partly: ({ types }) => `These could not be checked: ${types}. Look at them in the chart before you sign.`,
    "no-access": "The EHR gives no access to the records behind this draft.",
    "no-answer": "The EHR did not answer in time.",
    "not-kept": "This draft is from before its sources were kept.",
    "not-here": "The records behind this draft are not in this EHR.",
  },
  signing: {
    title: "Sign this discharge summary",
    patient: "Patient",
    stay: "Stay",
    signer: "Signed by",
    attestation: "I have reviewed this discharge summary and take responsibility for its content.",
    /** @param {{ count: number }} p */
    unverified: ({ count }) =>
      count === 1
        ? "One sentence was written by a person or has no evidence."
        : `${count} sentences were written by a person or have no evidence.`,
    /** @param {{ count: number }} p */
    missing: ({ count }) =>
      `${counted(count, "finding in the chart is", "findings in the chart are")} not in this summary`,
    /** @param {{ count: number }} p */
    otherwise: ({ count }) => `${counted(count, "statement differs", "statements differ")} from the chart`,
    /** @param {{ said: string }} p */
    review: ({ said }) => `${said}. The second look names them.`,
    changed: "The chart has changed since this draft",
    seen: "I have seen what changed, and sign the text as it stands.",
  },
  amending: {
    title: "Sign this amendment",
    attestation: "I have reviewed the amended discharge summary and take responsibility for its content.",
    replaces: "A new version replaces the signed one. Both are kept, with what was changed.",
    why: "Why is it amended?",
  },
  retracting: {
    title: "Mark as entered in error",
    /** @param {{ patient: string }} p */
    falls: ({ patient }) => `The signed summary of ${patient} no longer stands, and everybody who received it is told.`,
    filed: "The document in the EHR is marked so too.",
    final: "This cannot be undone. To change its text, amend it instead.",
    reasons: ["Wrong patient", "Wrong encounter", "Wrong content", "Signed by mistake", "Other"],
  },
  discarding: {
    title: "Discard this draft",
    gone: "The draft is thrown away. The EHR keeps nothing of it; a new one can be started.",
    reasons: ["Wrong patient or encounter", "Too many errors", "Important content is missing", "Not needed", "Other"],
  },
  reason: { why: "Why?", more: "In your words (optional)" },
  anew: {
    title: "Write a new draft",
    edited:
      "Somebody has edited this draft. It is discarded, edits and all, and a new one is written from the chart as it is now.",
    confirm: "Discard and write anew",
  },
  idle: {
    title: "Are you still there?",
    ends: "This session ends in two minutes because nothing was done here. The draft is kept; changes you have not saved would be lost.",
    stay: "Stay signed in",
  },
  safety: {
    title: "Report a safety problem",
    hint: "Also report harm to a patient the way your hospital asks for. This report goes to who runs this page.",
    what: "What went wrong, or nearly?",
    words: "What happened?",
    confirm: "Report",
    harms: {
      "wrong-content": "The text says something wrong",
      "missing-content": "Something important is missing",
      "wrong-patient": "It is about another patient or stay",
      delay: "It came too late or not at all",
      privacy: "Somebody saw what they should not have",
      other: "Something else",
    },
  },
  signature: {
    title: "Signature",
    by: "Signed by",
    at: "Signed at",
    attested: "Attested",
    version: "Version",
    /** @param {{ version: number }} p */
    amended: ({ version }) => `${version}, amended`,
    inEhr: "In the EHR",
    filing: "being filed",
    /** @param {{ why: string }} p */
    retrying: ({ why }) => `Being filed: ${why}; it is tried again by itself.`,
    /** @param {{ why: string }} p */
    rejected: ({ why }) =>
      `Not filed: ${why}. The signed summary is kept here, and the operator has been told. Once the cause is mended it can be tried again.`,
    waiting:
      "Not filed yet: it is written in the signer's name, and their session with the EHR has ended. It goes in by itself when the signer opens this summary from the EHR again.",
    /** Why a document is not filed. @param {{ code: string, means: string, status?: number }} p `means` is the server's word for the code, in English */
    why: ({ means }) => means,
    refused: "the EHR refused it",
    fileAgain: "Try to file it again",
    open: "Open the signed document as plain text",
  },
  history: {
    title: "What was changed, and by whom",
    reading: "Reading the history\u2026",
    notRead: "The history could not be read just now.",
  },
  over: {
    label: "Session over",
    title: "This session is over.",
    signedOut: "You ended it. What the EHR had given this page for it has been deleted.",
    idle: "It ended by itself because nothing was done here for a while.",
    ended: "It was idle for too long, lasted a whole shift, or was ended in another window.",
    notKept: "This browser keeps no cookies and no site data for this page, so that loading it anew ends the session.",
    open: "Close this view. Then open the patient's chart in the EHR and open the discharge summary from there again: by its card, or from the list of apps. The draft is kept, with every change that was saved.",
    unsaved: "Text you had not saved",
  },
};
