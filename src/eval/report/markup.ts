/** Pieces of a page that needs nothing but itself: no script, no font, no picture from elsewhere. */
import { styles } from "./styles.ts";

/** Chart text as text: a report is opened in a browser, and charts hold what people typed. */
export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** A whole page. The policy forbids whatever could send something away. */
export function pageOf(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>${escaped(title)}</title>
<style>${styles}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

/** Cells as they are: markup of the caller's. */
export function table(className: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: "td" | "th", values: readonly string[]): string =>
    values.map((value) => `<${tag}${tag === "th" ? ' scope="col"' : ""}>${value}</${tag}>`).join("");
  const body = rows.map((row) => `<tr>${cells("td", row)}</tr>`).join("\n");
  return `<div class="scroll"><table class="${className}"><thead><tr>${cells("th", head)}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
}

/** "met" or "missed", in words and not by colour alone. */
export function verdict(ok: boolean): string {
  return ok ? '<span class="met">met</span>' : '<span class="missed">missed</span>';
}

/** A number as a reader wants it: shares as per cent. */
export function shownValue(value: number, isShare: boolean): string {
  if (!isShare) return String(value);
  return `${(Math.round(value * 10_000) / 100).toString()} %`;
}

/** `1 chart`, `2 charts`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
