import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly optionalDependencies?: object; readonly resolved?: string }>
  >;
}

/** Optional packages that some package names, and the lock does not have. */
function missing({ packages }: Lock): string[] {
  return Object.values(packages)
    .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
    .filter((name) => !Object.hasOwn(packages, `node_modules/${name}`));
}

const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as Lock;

test("the lock installs on every platform: it has each optional package that is named", () => {
  assert.ok(Object.keys(lock.packages).length > 50);
  assert.deepEqual(missing(lock), []);
});

test("the check bites: a package that only one platform has is missed", () => {
  const packages = { "": { optionalDependencies: { "some-binding-win32": "1.0.0" } } };
  assert.deepEqual(missing({ packages }), ["some-binding-win32"]);
});

test("the lock names no registry: it works behind any", () => {
  const told = Object.entries(lock.packages).filter(([, { resolved }]) => resolved !== undefined);
  assert.deepEqual(told, []);
});
