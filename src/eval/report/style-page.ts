/** Drafts without and with a house style as a page, section by section in two columns. */
import type { DiffPart } from "../../core/summary/text-diff.ts";
import type { StyledSection, StyledStay } from "../style-preview.ts";
import { escaped, pageOf } from "./markup.ts";

/** One side of a difference: what the other side has is left out, what only this one has is marked. */
function side(diff: readonly DiffPart[], own: "removed" | "added"): string {
  const tag = own === "removed" ? "del" : "ins";
  return diff
    .flatMap(({ op, text }) => {
      if (op !== "same" && op !== own) return [];
      const shown = escaped(text).replaceAll("\n", "<br>");
      return [op === "same" ? shown : `<${tag}>${shown}</${tag}>`];
    })
    .join("");
}

const sectionRow = ({ title, diff }: StyledSection): string =>
  `<tr><td><strong>${escaped(title.before)}</strong><br>${side(diff, "removed")}</td><td><strong>${escaped(title.after)}</strong><br>${side(diff, "added")}</td></tr>`;

function stayPart({ chart, encounter, sections, unverified }: StyledStay): string {
  const lost = unverified.map((text) => `<li>${escaped(text)}</li>`).join("");
  const warning =
    lost === "" ? "" : `<p class="phi"><strong>No longer borne out by the record:</strong></p><ul>${lost}</ul>`;
  return `<h2>${escaped(chart)}, ${escaped(encounter)}</h2>${warning}
<div class="scroll"><table><thead><tr><th scope="col">Without the style</th><th scope="col">With it</th></tr></thead><tbody>
${sections.map(sectionRow).join("\n")}
</tbody></table></div>`;
}

export function stylePage(name: string, stays: readonly StyledStay[]): string {
  const notice =
    '<p class="phi"><strong>This page holds patient data</strong> if the charts are those of patients. Treat it as a chart, and delete it when it has been read.</p>';
  const head = `<h1>House style ${escaped(name)}</h1><p class="soft">${stays.length} stays, each without the style and with it.</p>${notice}`;
  return pageOf(`House style ${name}`, [head, ...stays.map(stayPart)].join("\n"));
}
