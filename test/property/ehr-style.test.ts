/** Whatever an EHR's look says, the page stays readable and takes over no text of its. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import type { Color } from "../../src/core/style/color.ts";
import { contrast, hexOf, parseColor } from "../../src/core/style/color.ts";
import { pageStyle, styleNames } from "../../src/core/style/ehr-style.ts";
import type { Palette } from "../../src/core/style/palette.ts";
import { pairs, palettes, tokens } from "../../src/core/style/palette.ts";

const byte = fc.integer({ min: 0, max: 255 });
const color = fc.tuple(byte, byte, byte);
const given = fc.record(
  Object.fromEntries(styleNames.map((name) => [name, fc.oneof(color.map(hexOf), fc.string(), fc.constant("14px"))])),
  { requiredKeys: [] },
);

/** The palette as a browser sees it: the base, and over it what was taken over. */
function shown(style: ReturnType<typeof pageStyle>): Palette {
  const base = palettes[style.scheme ?? "light"];
  return Object.fromEntries(
    tokens.map((token) => [token, parseColor(style.properties[`--${token}`] ?? "") ?? base[token]]),
  ) as unknown as Palette;
}

describe("an EHR's look", () => {
  it("never costs a pair of colours its contrast (WCAG 2.2, 1.4.3 and 1.4.11)", () => {
    fc.assert(
      fc.property(given, (style) => {
        const palette = shown(pageStyle(style));
        for (const [over, under, ratio] of pairs)
          assert.ok(contrast(palette[over], palette[under]) >= ratio, `${over} on ${under}`);
      }),
      { numRuns: 2000 },
    );
  });

  it("comes out in our own forms only, and every value is either taken or named", () => {
    const forms =
      /^(?:#[0-9a-f]{6}|rgb\(\d+ \d+ \d+ \/ 55%\)|[\d.]+(?:px|%)|(?:"[\w -]+"|-?[a-z-]+)(?:, (?:"[\w -]+"|-?[a-z-]+))*)$/u;
    fc.assert(
      fc.property(given, (style) => {
        const { properties, leftOut } = pageStyle(style);
        for (const [name, value] of Object.entries(properties)) {
          assert.match(name, /^--[a-z-]+$/u);
          assert.match(value, forms);
        }
        assert.ok(leftOut.every((name) => Object.hasOwn(style, name)));
      }),
    );
  });

  it("reads every colour back as it was written; contrast is symmetric and between 1 and 21", () => {
    fc.assert(
      fc.property(color, color, (one: Color, two: Color) => {
        assert.deepEqual(parseColor(hexOf(one)), one);
        assert.deepEqual(parseColor(`rgb(${one.join(", ")})`), one);
        const ratio = contrast(one, two);
        assert.ok(ratio >= 1 && ratio <= 21.01 && ratio === contrast(two, one));
      }),
    );
  });
});
