/** Renders a card's detail. Raw HTML stays text, images are not fetched, links leave the frame without a referrer. */
import MarkdownIt from "markdown-it";

const renderer = new MarkdownIt({ html: false, linkify: false });
renderer.disable("image");
const defaultLink = renderer.renderer.rules["link_open"];
renderer.renderer.rules["link_open"] = (tokens, index, options, env, self) => {
  tokens[index]?.attrSet("rel", "noopener noreferrer");
  tokens[index]?.attrSet("target", "_blank");
  return defaultLink?.(tokens, index, options, env, self) ?? self.renderToken(tokens, index, options);
};

/** GitHub-flavoured markdown (tables, strikethrough) to HTML that holds no element of the author's own. */
export function renderMarkdown(markdown: string): string {
  return renderer.render(markdown);
}
