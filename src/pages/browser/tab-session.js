/**
 * What a tab keeps where the browser sends no cookies: the proof of a launch under way, and the secret of its session. In
 * memory always; in sessionStorage too, where that may be used, so that a reload finds it. Another tab, another site's frame
 * and the next person's browser window do not.
 */

/** @type {Map<string, string>} */
const memory = new Map();

/**
 * @param {string} key
 * @param {string} value
 * @returns {boolean} whether it will survive the load of another page
 */
function keep(key, value) {
  memory.set(key, value);
  try {
    sessionStorage.setItem(key, value);
    return sessionStorage.getItem(key) === value;
  } catch {
    // Blocked together with cookies, or a frame without an origin of its own.
    return false;
  }
}

/** Whether a reload would find what this tab keeps. */
export function canKeep() {
  try {
    return sessionStorage.length >= 0;
  } catch {
    return false;
  }
}

/** @param {string} key */
function look(key) {
  try {
    return memory.get(key) ?? sessionStorage.getItem(key) ?? undefined;
  } catch {
    return memory.get(key);
  }
}

/** @param {string} key */
function drop(key) {
  memory.delete(key);
  try {
    sessionStorage.removeItem(key);
  } catch {
    // Nothing was kept there.
  }
}

/** @param {string} tab */
const launchKey = (tab) => `handover-launch-${tab}`;
/** @param {string} launch */
const sessionKey = (launch) => `handover-session-${launch}`;

/**
 * @param {string} tab
 * @param {string} proof
 */
export const keepProof = (tab, proof) => keep(launchKey(tab), proof);

/**
 * The proof of a launch, once: a second load of the same address finds none.
 * @param {string} tab
 */
export function takeProof(tab) {
  const proof = look(launchKey(tab));
  drop(launchKey(tab));
  return proof;
}

/** Drops what launches left here that a cookie has carried home: those proofs are used up. */
export function forgetProofs() {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(launchKey(""))) drop(key);
  } catch {
    // Nothing is kept here.
  }
}

/**
 * @param {string} launch
 * @param {string} secret
 */
export const keepSession = (launch, secret) => keep(sessionKey(launch), secret);

/** @param {string} launch */
export const forgetSession = (launch) => drop(sessionKey(launch));

/** @param {string} launch */
export const hasSession = (launch) => look(sessionKey(launch)) !== undefined;

/**
 * The headers that name a launch's session; its cookie goes along by itself, where there is one.
 * @param {string} launch
 * @returns {Record<string, string>}
 */
export function sessionHeaders(launch) {
  const secret = look(sessionKey(launch));
  return { "x-handover-launch": launch, ...(secret === undefined ? {} : { "x-handover-session": secret }) };
}
