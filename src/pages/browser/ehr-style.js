/** Takes over the EHR's look, as far as the server let it through: values of the style sheet's own properties, nothing else. */

/**
 * @param {import("./api.js").Api} api
 * @param {string} base
 */
export async function applyEhrStyle(api, base) {
  // Without it the page looks like itself: no reason to say anything.
  const answer = await api.get(`${base}/style`).catch(() => undefined);
  if (answer?.body === undefined) return;
  const { scheme, properties } = answer.body;
  if (scheme !== undefined) document.documentElement.dataset["scheme"] = scheme;
  const sheet = new CSSStyleSheet();
  // On the screen only: print is ink on paper. Thrice the root, to stand above the page's own palettes.
  sheet.insertRule("@media screen { :root:root:root { } }");
  const media = sheet.cssRules[0];
  const rule = media instanceof CSSMediaRule ? media.cssRules[0] : undefined;
  if (!(rule instanceof CSSStyleRule)) return;
  for (const [name, value] of Object.entries(properties)) rule.style.setProperty(name, String(value));
  document.adoptedStyleSheets.push(sheet);
}
