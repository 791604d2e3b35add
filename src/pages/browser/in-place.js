/** Keeps what the reader looks at where it is while the page around it changes. */

/**
 * The panel takes width from the text, which is set anew: what was clicked must not run away from the pointer.
 * @param {() => HTMLElement} sentence
 * @param {() => void} change
 */
export function keepInPlace(sentence, change) {
  const before = sentence().getBoundingClientRect().top;
  change();
  scrollBy({ top: sentence().getBoundingClientRect().top - before });
}

/**
 * Scrolls this page so far that the panel no longer covers the sentence. Not by scrollIntoView, which would move the EHR's
 * page around the frame too.
 * @param {HTMLElement} sentence
 * @param {HTMLElement} panel
 */
export function uncover(sentence, panel) {
  const { top, bottom } = sentence.getBoundingClientRect();
  const header = document.querySelector("header");
  const covered = header !== null && getComputedStyle(header).position === "sticky" ? header.offsetHeight : 0;
  if (top >= covered && bottom <= panel.getBoundingClientRect().top) return;
  // Room for its section's heading.
  scrollBy({ top: top - covered - 56 });
}
