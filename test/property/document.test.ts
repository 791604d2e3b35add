/** Whatever stands in a sentence, a document shows it as text: no markup, no script, no broken XML, no link. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import markdownIt from "markdown-it";
import { documentBundle } from "../../src/core/document/bundle.ts";
import { cleanText, linesOf } from "../../src/core/document/clean-text.ts";
import { escapeMarkdown, renderMarkdown } from "../../src/core/document/markdown.ts";
import { isAllowedNarrative } from "../../src/core/document/narrative-allowed.ts";
import { escapeXml, renderXhtml } from "../../src/core/document/narrative.ts";
import { canonicalText, sha256 } from "../../src/core/summary/canonical.ts";
import { draft, inputOf, sections, withTexts } from "../support/document-fixture.ts";

const nasty = fc.constantFrom(
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "]]>",
  "<!--",
  "-->",
  "&lt;",
  "&#x0;",
  "&nbsp;",
  "<br/>",
  "</div>",
  "</p></li>",
  "<?xml?>",
  "<![CDATA[",
  "javascript:alert(1)",
  "\u0000",
  "\u0008",
  "\u000B",
  "\u001B[31m",
  "\u007F",
  "\u0085",
  "\u2028",
  "\uD800",
  "\uDFFF",
  "\uFFFE",
  "\uFFFF",
  "\uFDD0",
  "\r\n",
  "\r",
  "\t",
  "\u202E",
  "'",
  '"',
  "# heading",
  "- item",
  "1. item",
  "> quote",
  "[x](http://evil.example)",
  "![x](y)",
  "`code`",
  "**bold**",
  "~~~",
  "| a | b |",
  "http://evil.example",
  "www.evil.example",
  "evil.com",
  "//evil.com",
  "ftp://evil.com/x",
  "mailto:a@evil.com",
  "a.b@evil.com",
  "1.71",
  "e.g.",
  "a@evil.example",
  "---",
  "===",
  "\\",
  "\\\\",
);
const anyText = fc
  .array(fc.oneof(nasty, fc.string({ unit: "binary", maxLength: 8 }), fc.string({ unit: "grapheme", maxLength: 12 })), {
    minLength: 1,
    maxLength: 8,
  })
  .map((parts) => parts.join(""));

function narrativesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(narrativesIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    key === "div" && typeof child === "string" ? [child] : narrativesIn(child),
  );
}

const unescapeXml = (xml: string): string =>
  xml
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");

describe("XHTML narratives", () => {
  it("stay inside the allow-list for every text, and hold the text", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const narratives = narrativesIn(documentBundle(inputOf(withTexts(draft, text))));
        assert.ok(narratives.length > 10);
        for (const div of narratives) assert.ok(isAllowedNarrative(div), div);
        for (const line of linesOf(text))
          assert.ok(
            narratives.some((div) => unescapeXml(div).includes(line)),
            line,
          );
      }),
    );
  });

  it("hold nothing of a hostile name, language or hospital either", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const input = inputOf(
          { ...draft, signedByDisplay: text, model: text },
          { organization: text, patientResource: { resourceType: "Patient", name: [{ text }] } },
        );
        for (const div of narrativesIn(documentBundle(input))) assert.ok(isAllowedNarrative(div), div);
        assert.doesNotMatch(renderXhtml(input), /<(?:script|img|!|\?(?!xml version))/u);
      }),
    );
  });

  const open = (content: string): string =>
    `<div xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">${content}</div>`;
  const refused = [
    "<script>x</script>",
    "<p onclick='x'>x</p>",
    '<a href="x">x</a>',
    "<img />",
    "<p>",
    "</p>",
    "<p></div>",
    "<br>",
    "<br/>",
    "<p/>",
    "&nbsp;",
    "&",
    "<",
    "x > y",
    "<!-- x -->",
    "<![CDATA[x]]>",
    "\u0000",
    "\u000B",
    "\uD800",
    "\uFFFE",
    "<P>x</P>",
    "<p >x</p>",
    "<div>x</div>",
    "</div><p>x</p>",
    "<style>x</style>",
    "&#60;",
    "&#x3c;",
  ];
  it("the allow-list refuses what is not ours", () => {
    assert.ok(isAllowedNarrative(open("<p>a &amp; b<br />c</p><ul><li><em>x</em></li></ul>")));
    for (const content of refused) assert.equal(isAllowedNarrative(open(content)), false, content);
    for (const whole of [
      "",
      "<p>x</p>",
      `${open("x")}x`,
      `x${open("x")}`,
      open("x").replace("xhtml", "html"),
      open("x").replaceAll("en", 'en" onclick="x'),
    ]) {
      assert.equal(isAllowedNarrative(whole), false, whole);
    }
  });

  it("escapes so that nothing is lost or added", () => {
    fc.assert(fc.property(anyText, (text) => assert.equal(unescapeXml(escapeXml(text)), cleanText(text))));
  });
});

describe("Markdown", () => {
  for (const [name, reader] of Object.entries({
    plain: markdownIt({ html: true }),
    linkifying: markdownIt({ html: true, linkify: true, typographer: false }),
  })) {
    it(`shows every line as it stands to a ${name} reader`, () => {
      fc.assert(
        fc.property(anyText, (text) => {
          for (const line of linesOf(text)) {
            const html = reader.render(escapeMarkdown(line)).trim();
            const shown = unescapeXml(html.replace(/^<p>|<\/p>$/gu, ""));
            assert.doesNotMatch(html, /<(?!\/?p>)/u, html);
            assert.equal(shown.replaceAll(/\s+/gu, " ").trim(), line.replaceAll(/\s+/gu, " ").trim());
          }
        }),
      );
    });
  }

  it("has the headings, lists and emphasis of the layout and no other", () => {
    const shape = (markdown: string): string =>
      markdownIt({ html: true, linkify: true })
        .render(markdown)
        .replaceAll(/>[^<]+</gu, "><")
        .replaceAll(/\s+/gu, "");
    const expected = shape(renderMarkdown(inputOf(withTexts(draft, "word"))));
    fc.assert(
      fc.property(
        anyText.filter((text) => linesOf(text).length === 1),
        (text) => {
          assert.equal(shape(renderMarkdown(inputOf(withTexts(draft, text)))), expected);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("the canonical text", () => {
  it("does not depend on the order of members or on absent ones, and on everything else", () => {
    const reversed = sections.map(
      (section) =>
        Object.fromEntries(
          Object.entries({ ...section, lookedFor: section.lookedFor }).reverse(),
        ) as unknown as typeof section,
    );
    assert.equal(canonicalText(reversed), canonicalText(sections));
    assert.equal(sha256(sections).length, 64);
    const [first, ...rest] = sections;
    assert.ok(first !== undefined);
    const changes = [
      { ...first, title: `${first.title}.` },
      { ...first, sentences: first.sentences.slice(1) },
      { ...first, sentences: first.sentences.map((sentence) => ({ ...sentence, text: `${sentence.text} ` })) },
      { ...first, sentences: first.sentences.map((sentence) => ({ ...sentence, verified: !sentence.verified })) },
      { ...first, sentences: first.sentences.map((sentence) => ({ ...sentence, evidence: [] })) },
    ];
    const hashes = [sections, ...changes.map((changed) => [changed, ...rest]), rest].map(sha256);
    assert.equal(new Set(hashes).size, hashes.length);
  });

  it("tells any two texts apart", () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        const hash = (text: string): string => sha256(withTexts(draft, text).sections);
        assert.equal(hash(a) === hash(b), a === b);
      }),
    );
  });
});
