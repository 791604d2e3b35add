/** Parts of the page that are drawn anew only when what they show changed, so that focus and place are kept. */

/** @type {Map<string, { key: string, node: Element }>} */
const drawn = new Map();

/**
 * The node of a part, drawn anew only when its key changed. Focus inside is kept by id.
 * @param {string} name
 * @param {string} key
 * @param {() => Element} draw
 */
export function part(name, key, draw) {
  const known = drawn.get(name);
  if (known?.key === key) return known.node;
  const focused = known?.node.contains(document.activeElement) === true ? document.activeElement?.id : undefined;
  const node = draw();
  if (known?.node.isConnected === true) known.node.replaceWith(node);
  drawn.set(name, { key, node });
  if (focused !== undefined && focused !== "") document.getElementById(focused)?.focus();
  return node;
}

/**
 * Sets children only when they differ, so that nothing loses its focus for nothing.
 * @param {Element} parent
 * @param {Element[]} nodes
 */
export function place(parent, nodes) {
  const same = parent.children.length === nodes.length && nodes.every((node, index) => parent.children[index] === node);
  if (!same) parent.replaceChildren(...nodes);
}

/** Forgets all parts: the page is about to show something else altogether. */
export function forgetParts() {
  drawn.clear();
}
