/** What the page takes over of an EHR's look (SMART App Launch 2.2, "Styling"; WCAG 2.2, 1.4.3 and 1.4.11). */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { contrast, hexOf, parseColor } from "../../src/core/style/color.ts";
import { pageStyle } from "../../src/core/style/ehr-style.ts";
import { pairs, palettes, tokens } from "../../src/core/style/palette.ts";

const css = readFileSync(join(import.meta.dirname, "../../src/pages/browser/page.css"), "utf8");

describe("the page's own palettes", () => {
  for (const scheme of ["light", "dark"] as const) {
    it(`keep every contrast in ${scheme}`, () => {
      for (const [over, under, ratio] of pairs) {
        const found = contrast(palettes[scheme][over], palettes[scheme][under]);
        assert.ok(found >= ratio, `${over} on ${under}: ${found.toFixed(2)}`);
      }
    });

    it(`are those of the style sheet in ${scheme}`, () => {
      const selector = { light: ":root {", dark: ':root[data-scheme="dark"] {' }[scheme];
      const block = css.slice(css.indexOf(`\n${selector}`)).split("}")[0] ?? "";
      for (const token of tokens) {
        const value = new RegExp(`--${token}: (?<value>#[0-9a-f]{3,6});`, "u").exec(block)?.groups?.["value"] ?? "";
        const color = parseColor(value);
        assert.equal(color === undefined ? undefined : hexOf(color), hexOf(palettes[scheme][token]), token);
      }
    });
  }

  it("are the same for the dark of the browser and the dark of an EHR, and nothing in the sheet has a colour of its own", () => {
    const blocks = css.split('[data-scheme="light"]) {')[1]?.split("}")[0];
    const forced = css.split('\n:root[data-scheme="dark"] {')[1]?.split("}")[0];
    assert.equal(blocks?.replaceAll(/\s+/gu, " "), forced?.replaceAll(/\s+/gu, " "));
    const screen = css.slice(0, css.indexOf("@media print"));
    assert.deepEqual(
      screen.split("\n").filter((line) => /#[0-9a-f]{3,6}\b/u.test(line) && !/^\s*--/u.test(line)),
      [],
    );
  });
});

describe("an EHR's look", () => {
  it("is taken over where it holds", () => {
    const { scheme, properties, leftOut } = pageStyle({
      color_background: "#edeae3",
      color_text: "rgb(48, 48, 48)",
      color_highlight: "#0a5",
      color_error: "#9e2d2d",
      color_success: "#276527",
      color_modal_backdrop: "#102030",
      dim_border_radius: "6px",
      dim_font_size: "15px",
      dim_spacing_size: "20px",
      font_family_body: "Georgia, Times, 'Times New Roman', serif",
      font_family_heading: '"Helvetica Neue", -apple-system, Arial',
      color_of_a_later_version: "red",
    });
    assert.deepEqual(leftOut, ["color_highlight"], "a green of 2.9:1 is no text");
    assert.equal(scheme, "light");
    assert.equal(properties["--ground"], "#edeae3");
    assert.equal(properties["--ink"], "#303030");
    assert.equal(properties["--alert"], "#9e2d2d");
    assert.equal(properties["--on-alert"], "#ffffff");
    assert.equal(properties["--signed"], "#276527");
    assert.equal(properties["--backdrop"], "rgb(16 32 48 / 55%)");
    assert.equal(properties["--radius"], "6px");
    assert.equal(properties["--text-size"], "93.75%");
    assert.equal(properties["--space"], "20px");
    assert.equal(properties["--font-body"], '"Georgia", "Times", "Times New Roman", serif, sans-serif');
    assert.equal(properties["--font-heading"], '"Helvetica Neue", -apple-system, "Arial", sans-serif');
    assert.equal(properties["--accent"], undefined);
  });

  it("puts a dark look on the dark palette", () => {
    const { scheme, properties, leftOut } = pageStyle({
      color_background: "#10151a",
      color_text: "#f0f0f0",
      color_highlight: "#8ecbff",
    });
    assert.deepEqual([scheme, leftOut], ["dark", []]);
    assert.notEqual(properties["--on-accent"], "#ffffff");
  });

  it("is left out value by value where its contrast fails, and named", () => {
    for (const [style, names] of [
      [{ color_background: "#808080" }, ["color_background"]],
      [{ color_text: "#9aa" }, ["color_text"]],
      [{ color_background: "#fff", color_text: "#ffffff" }, ["color_text"]],
      // The example of the specification itself.
      [{ color_highlight: "#69b5ce", color_success: "#498e49" }, ["color_highlight", "color_success"]],
    ] as const)
      assert.deepEqual(pageStyle(style).leftOut, names);
  });

  it("leaves the choice of light and dark to the user where it brings no colour", () => {
    assert.deepEqual(pageStyle({ dim_border_radius: "0px", color_text: "" }), {
      properties: { "--radius": "0px" },
      leftOut: [],
    });
  });

  const hostile = {
    color_background: [
      "url(https://evil.example)",
      "red;}body{display:none",
      "var(--x)",
      "#12345",
      "#ffffffff",
      "rgb(300,0,0)",
      "color-mix(in srgb, red, blue)",
    ],
    dim_font_size: ["13px", "200px", "1e9px", "calc(1px)", "16", "-16px", "16em"],
    dim_spacing_size: ["0px", "400px", "env(safe-area-inset-top)"],
    dim_border_radius: ["50%", "99px", "6px 6px"],
    font_family_body: ["url(x)", "a;b", 'x"y', "Arial, ", "\\\\65xpression(1)", "a".repeat(80), "var(--y)"],
  } as const;
  for (const [name, values] of Object.entries(hostile)) {
    for (const value of values)
      it(`takes no ${name} of ${JSON.stringify(value).slice(0, 40)}`, () =>
        assert.deepEqual(pageStyle({ [name]: value }), { properties: {}, leftOut: [name] }));
  }

  it("is nothing where it is no object, or its members are no text", () => {
    for (const given of [
      null,
      7,
      "x",
      [],
      { color_text: 5, dim_font_size: { a: 1 }, font_family_body: "x".repeat(400) },
    ])
      assert.deepEqual(pageStyle(given), { properties: {}, leftOut: [] });
  });
});
