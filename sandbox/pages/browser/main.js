/** The EHR's page: a list of inpatients, the open chart, and what the hooks brought. */
import { callHook, dismissCard, finishReport, openLink, readChart, readState } from "./api.js";
import { cardList } from "./cards.js";
import { button, byId, element, show } from "./dom.js";
import { closeApp, openApp } from "./frame.js";
import { bannerItems, documentList, notificationList, timelineItems, webhookList, whoLine } from "./records.js";

/** How often the open chart is read again from the EHR's own memory; no hook is called for it. */
const REFRESH_MS = 2000;

/** @type {{ patient: string, busy: boolean }} */
const page = { patient: "", busy: false };

function user() {
  const select = byId("user");
  return select instanceof HTMLSelectElement ? select.value : "";
}

/** @param {string} text @param {boolean} problem */
function say(text, problem = false) {
  byId("status").textContent = text;
  byId("status").classList.toggle("problem", problem);
}

/** @param {unknown} error */
function sayProblem(error) {
  say(error instanceof Error ? error.message : "Something went wrong.", true);
}

async function refresh() {
  const asked = page.patient;
  if (asked === "") return;
  const chart = await readChart(asked);
  // Another chart was opened while this one was on its way: it must not show under the other's name.
  if (asked !== page.patient) return;
  show(byId("banner"), chart.patient, () => bannerItems(chart.patient));
  show(byId("cards"), chart.cards, () => cardList(chart.cards, { open, dismiss }));
  show(byId("documents"), chart.documents, () => documentList(chart.documents));
  show(byId("webhooks"), chart.webhooks, () => webhookList(chart.webhooks));
  show(byId("notifications"), chart.notifications, () => notificationList(chart.notifications));
  show(byId("timeline"), chart.timeline, () => timelineItems(chart.timeline));
}

/** @param {"encounter-discharge" | "patient-view"} hook @param {string} doing */
async function fire(hook, doing) {
  if (page.busy) return;
  setBusy(true);
  say(doing);
  try {
    const asked = page.patient;
    const { problem, cards } = await callHook(asked, hook, user());
    await refresh();
    if (asked === page.patient) {
      if (problem === "") say(cards === 1 ? "1 message." : `${cards} messages.`);
      else say(problem, true);
    }
  } catch (error) {
    sayProblem(error);
  } finally {
    setBusy(false);
  }
}

/** Days later: a report that was pending is final. The decision support hears of it when the chart is opened again. */
async function finishNext() {
  if (page.busy) return;
  try {
    const { finished } = await finishReport(page.patient);
    say(finished === "" ? "No report of this patient is open." : `${finished} is final now. Open the chart again.`);
  } catch (error) {
    sayProblem(error);
  }
}

/** @param {boolean} busy */
function setBusy(busy) {
  page.busy = busy;
  for (const id of ["discharge", "reopen", "laboratory"]) byId(id).toggleAttribute("disabled", busy);
}

/** @param {import("./api.js").Card} card @param {number} index */
async function open(card, index) {
  try {
    const { url, label } = await openLink(card.id, index, user());
    openApp(url, label);
  } catch (error) {
    sayProblem(error);
  }
}

/** @param {import("./api.js").Card} card @param {{ reasonCode?: string, comment?: string }} feedback */
async function dismiss(card, feedback) {
  try {
    const { problem } = await dismissCard(card.id, feedback);
    await refresh();
    say(problem === "" ? "Message dismissed; the service was told why." : problem, problem !== "");
  } catch (error) {
    sayProblem(error);
  }
}

/** @param {import("./api.js").Patient} patient */
async function openChart(patient) {
  if (page.busy) return;
  page.patient = patient.id;
  closeApp();
  document.title = `${patient.name} - Sandbox EHR`;
  byId("chart-title").textContent = patient.name;
  byId("chart-who").textContent = whoLine(patient);
  byId("chart-hint").hidden = true;
  byId("chart-body").hidden = false;
  for (const choice of document.querySelectorAll("#patients button")) {
    choice.setAttribute("aria-current", String(choice.getAttribute("data-patient") === patient.id));
  }
  byId("chart").focus();
  await refresh().catch(sayProblem);
  // Somebody may have gone on to another chart meanwhile; that one calls its own hook.
  if (page.patient === patient.id) await fire("patient-view", "Opening the chart …");
}

/** @type {Record<string, string>} */
const STATUS_WORDS = { "in-progress": "in hospital", finished: "discharged" };

/** @param {import("./api.js").Patient} patient */
function patientItem(patient) {
  const choice = button("", () => void openChart(patient), { "data-patient": patient.id });
  choice.append(
    element("span", { class: "name" }, patient.name),
    element(
      "span",
      { class: "where" },
      [patient.ward, STATUS_WORDS[patient.status] ?? patient.status].filter((part) => part !== "").join(" · "),
    ),
  );
  return element("li", {}, choice);
}

async function start() {
  const { users, patients } = await readState();
  byId("user").replaceChildren(
    ...users.map(({ id, name, role }) => element("option", { value: id }, `${name}, ${role}`)),
  );
  byId("patients").replaceChildren(...patients.map(patientItem));
  byId("discharge").addEventListener("click", () => void fire("encounter-discharge", "Starting the discharge …"));
  byId("reopen").addEventListener("click", () => void fire("patient-view", "Opening the chart …"));
  byId("laboratory").addEventListener("click", () => void finishNext());
  byId("app-close").addEventListener("click", () => {
    closeApp();
    byId("chart").focus();
  });
  setInterval(() => {
    if (!document.hidden) void refresh().catch(sayProblem);
  }, REFRESH_MS);
}

void start().catch((error) => {
  byId("chart-hint").textContent = error instanceof Error ? error.message : "The EHR cannot be reached.";
});
