/** Makes elements. Text goes in as text nodes only: nothing from a chart or a model is ever parsed as HTML. */

/**
 * @param {string} tag
 * @param {Record<string, string | boolean | undefined | ((event: any) => unknown)>} [properties] `on*` are listeners, `class` and names with a hyphen are attributes;
 *   undefined and false leave an attribute out
 * @param {...(Node | string | undefined)} children
 * @returns {any} the element
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith("on") && typeof value === "function")
      element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (value === true) element.setAttribute(name, "");
    else element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/**
 * Replaces an element's content.
 * @param {Element} parent
 * @param {...(Node | string | undefined)} children
 */
export function fill(parent, ...children) {
  parent.replaceChildren(...children.filter((child) => child !== undefined));
}

/**
 * An element of the shell. The shell is ours, so a missing one is a programming error.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}
