import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

/** Public test vectors. They lie beside the checkout, and are not shipped with the project. */
const FOLDER = join(import.meta.dirname, "../../../shared/vectors");

const absent = existsSync(FOLDER)
  ? false
  : "the folder ../shared/vectors (public test vectors) is missing beside the project";

/** A test that needs the vectors: skipped, with the reason, where they are missing. */
export function vectorTest(title: string, body: () => void | Promise<void>): void {
  test(title, { skip: absent }, body);
}

export function vectorBytes(path: string): Uint8Array {
  return new Uint8Array(readFileSync(join(FOLDER, path)));
}

export function vectorText(path: string): string {
  return readFileSync(join(FOLDER, path), "utf8");
}

export function vectorJson<Shape>(path: string): Shape {
  return JSON.parse(vectorText(path)) as Shape;
}

export function hasVector(path: string): boolean {
  return existsSync(join(FOLDER, path));
}
