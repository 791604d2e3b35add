import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { createSealer, openJson, sealJson } from "../../src/db/sealer.ts";

const first = Buffer.alloc(32, 1);
const second = Buffer.alloc(32, 2);
const context = { tenant: "general", purpose: "summary", id: "job-1", version: "1" };

describe("sealing at rest", () => {
  test("what was sealed opens again, whatever it is", () => {
    const sealer = createSealer([first]);
    fc.assert(
      fc.property(fc.uint8Array(), (plain) =>
        assert.deepEqual(new Uint8Array(sealer.open(sealer.seal(plain, context), context)), plain),
      ),
    );
  });

  test("the ciphertext does not hold the text, and differs each time", () => {
    const sealer = createSealer([first]);
    const [one, two] = [sealJson(sealer, { name: "Canaria" }, context), sealJson(sealer, { name: "Canaria" }, context)];
    assert.ok(!one.toString("latin1").includes("Canaria"));
    assert.notDeepEqual(one, two);
    assert.deepEqual(openJson(sealer, two, context), { name: "Canaria" });
  });

  for (const part of ["tenant", "purpose", "id", "version"] as const) {
    test(`a value moved to another ${part} does not open`, () => {
      const sealer = createSealer([first]);
      const sealed = sealer.seal("text", context);
      assert.throws(() => sealer.open(sealed, { ...context, [part]: "other" }));
    });
  }

  test("contexts whose parts run together differ", () => {
    const sealer = createSealer([first]);
    const sealed = sealer.seal("text", { ...context, tenant: "a|b", purpose: "c" });
    assert.throws(() => sealer.open(sealed, { ...context, tenant: "a", purpose: "b|c" }));
  });

  test("one changed bit anywhere is noticed", () => {
    const sealer = createSealer([first]);
    const sealed = sealer.seal("some text", context);
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = Buffer.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      assert.throws(() => sealer.open(changed, context), `byte ${index}`);
    }
    for (let length = 0; length < sealed.length; length += 1)
      assert.throws(() => sealer.open(sealed.subarray(0, length), context));
  });

  test("after a rotation old values still open, and new ones are sealed with the new key", () => {
    const old = createSealer([first]).seal("text", context);
    const rotated = createSealer([second, first]);
    assert.equal(rotated.open(old, context).toString(), "text");
    const fresh = rotated.seal("text", context);
    assert.equal(createSealer([second]).open(fresh, context).toString(), "text");
    assert.throws(() => createSealer([first]).open(fresh, context), { code: "configuration_invalid" });
  });

  test("a value that another master key sealed says which setting is wrong, and no key", () => {
    const sealed = createSealer([first]).seal("text", context);
    assert.throws(
      () => createSealer([second]).open(sealed, context),
      (error: Error) => {
        assert.match(error.message, /HANDOVER_MASTER_KEY is not the key.*Start again with the key used before/u);
        for (const key of [first, second])
          for (const form of ["hex", "base64"] as const) assert.ok(!error.message.includes(key.toString(form)));
        return true;
      },
    );
  });

  test("a master key of another length is refused", () => {
    assert.throws(() => createSealer([Buffer.alloc(16)]));
  });
});
