import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";

// Goal: compose.yaml sets what the command line reads, and is pinned. Method: it is read as text,
// by its indentation; no container is started here.

const file = readFileSync(new URL("../../compose.yaml", import.meta.url), "utf8");
const page = readFileSync(
  new URL("../../docs/reference/configuration.md", import.meta.url),
  "utf8",
);
const documented = new Set([...page.matchAll(/^\| `(OUBLI_\w+)`/gm)].map((match) => match[1]!));

/** The lines below a key, by how far they are indented; comments are not looked at. */
function below(text: string, key: string): string {
  const lines = text.split("\n").filter((line) => !/^\s*#/.test(line));
  const at = lines.findIndex((line) => line.trim().startsWith(`${key}:`));
  assert.notEqual(at, -1, `${key} is there`);
  const depth = lines[at]!.search(/\S/);
  const rest = lines.slice(at + 1);
  const end = rest.findIndex((line) => line.trim() !== "" && line.search(/\S/) <= depth);
  return rest.slice(0, end === -1 ? undefined : end).join("\n");
}

function servicesIn(text: string): readonly string[] {
  return [...below(text, "services").matchAll(/^ {2}(\w+):/gm)].map((match) => match[1]!);
}

/** Variables that a container of ours is given, and that nothing documents. */
function unknownIn(text: string): readonly string[] {
  return servicesIn(text).flatMap((service) => {
    const part = below(below(text, "services"), service);
    if (!part.includes("*oubli")) return [];
    const set = below(part, "environment").matchAll(/^ +(\w+):/gm);
    return [...set].map((match) => match[1]!).filter((name) => !documented.has(name));
  });
}

/** Images that may be another one tomorrow. */
function unpinnedIn(text: string): readonly string[] {
  const images = [...text.matchAll(/^\s*(?:image:|FROM) *(\S+)/gm)].map((match) => match[1]!);
  assert.ok(images.length >= 2);
  return images.filter((image) => !/^\w+:\d+\.\d+(\.\d+)?-\w+(-\w+)?$/.test(image));
}

describe("compose.yaml", () => {
  test("has a database, its migration, the first keys and a worker", () => {
    assert.deepEqual(servicesIn(file), ["database", "migrate", "init", "worker"]);
  });

  test("gives our containers documented variables alone", () => {
    assert.deepEqual(unknownIn(file), []);
    const planted = file.replace("OUBLI_CONNECTIONS:", "OUBLI_CONECTIONS:");
    assert.deepEqual(unknownIn(planted), ["OUBLI_CONECTIONS"]);
  });

  test("pins every image", () => {
    assert.deepEqual(unpinnedIn(file), []);
    assert.deepEqual(unpinnedIn(file.replace(/postgres:\d\S+/, "postgres:latest")), [
      "postgres:latest",
    ]);
  });

  test("holds no password: each is a variable that must be set", () => {
    const passwords = [...file.matchAll(/PASSWORD(?::| *\}|:\?)|:\/\/\w+:([^@]+)@/g)];
    assert.ok(passwords.length > 4);
    const inAddresses = passwords.flatMap((match) => (match[1] === undefined ? [] : [match[1]]));
    assert.deepEqual(
      new Set(inAddresses),
      new Set(["${OUBLI_LOGIN_PASSWORD:?}", "${OUBLI_ADMIN_PASSWORD:?}"]),
    );
  });

  test("keeps data and root keys in volumes apart, and waits until the database answers", () => {
    const services = below(file, "services");
    const database = below(services, "database");
    assert.match(database, /- database:\/var\/lib\/postgresql\/data/);
    assert.doesNotMatch(database, /root-keys/);
    assert.match(below(database, "healthcheck"), /pg_isready/);
    assert.match(below(services, "worker"), /- root-keys:\/root-keys/);
    assert.match(below(services, "migrate"), /condition: service_healthy/);
    assert.match(file, /^volumes:\n {2}database:\n {2}root-keys:\n$/m);
  });

  test("gives the administrator's address to the migration alone", () => {
    const services = below(file, "services");
    for (const name of servicesIn(file)) {
      const isOurs = below(services, name).includes("OUBLI_ADMIN:");
      assert.equal(isOurs, name === "migrate", name);
    }
  });
});
