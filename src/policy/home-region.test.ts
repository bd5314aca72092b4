import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { defineConfig, homeRegion } from "#policy";

const regions = {
  alps: { jurisdictions: ["CH"] },
  eu: { jurisdictions: ["EEA"] },
  north: { jurisdictions: ["NO"] },
  world: { jurisdictions: ["*"] },
};

describe("a person's home region", () => {
  test("is the one that names their country, even where a wider one would serve it too", () => {
    assert.equal(homeRegion(regions, "NO"), "north");
  });

  test("is that of the EEA for its members, and that of everybody for the rest", () => {
    assert.equal(homeRegion(regions, "DE"), "eu");
    assert.equal(homeRegion(regions, "BR"), "world");
  });

  test("is none where nobody serves their country", () => {
    assert.equal(homeRegion({ eu: regions.eu }, "US"), null);
  });
});

test("two regions that serve the same area are refused, and the field is named", () => {
  const two = {
    a: { jurisdictions: ["DE", "FR"], store: "sqlite:./a" },
    b: { jurisdictions: ["FR"], store: "sqlite:./b" },
  };
  assert.throws(() => defineConfig({ regions: two }), {
    code: "CONFIG_INVALID",
    message: /regions\.b\.jurisdictions/,
  });
});

test("two regions that keep their files in the same place are refused", () => {
  const two = {
    a: { jurisdictions: ["DE"], store: "sqlite:./data" },
    b: { jurisdictions: ["FR"], store: "sqlite:./data" },
  };
  assert.throws(() => defineConfig({ regions: two }), {
    code: "CONFIG_INVALID",
    message: /regions\.b\.store/,
  });
});
