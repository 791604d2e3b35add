/** Somebody at the sandbox's picker page: reads its form as a browser would, and sends it with a choice. */
import assert from "node:assert/strict";

/** What the page offers. */
export interface PickerForm {
  /** Values of the radio buttons: `patient` or `patient/encounter`. */
  readonly choices: readonly string[];
  readonly users: readonly string[];
  /** The address that the form leads to with this choice. */
  submit(choice: { readonly picked: string; readonly user?: string }): string;
}

const unescape = (text: string): string =>
  text.replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

const valuesOf = (html: string, pattern: RegExp): string[] =>
  [...html.matchAll(pattern)].map((match) => unescape(match[1] ?? ""));

/** @param url where the page was shown; its form leads there again */
export function readPicker(html: string, url: string): PickerForm {
  assert.match(html, /<form method="get">/u, html);
  const hidden = [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/gu)];
  const users = valuesOf(html, /<option value="([^"]*)"/gu);
  return {
    choices: valuesOf(html, /<input type="radio" name="picked" value="([^"]*)"/gu),
    users,
    submit({ picked, user = valuesOf(html, /<option value="([^"]*)" selected>/gu)[0] ?? users[0] ?? "" }) {
      const query = new URLSearchParams();
      for (const [, name = "", value = ""] of hidden) query.set(unescape(name), unescape(value));
      query.set("picked_user", user);
      query.set("picked", picked);
      return `${url.split("?")[0]}?${query.toString()}`;
    },
  };
}
