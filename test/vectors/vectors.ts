import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Public test vectors. They lie beside the checkout, and are not shipped with the project. */
const FOLDER = join(import.meta.dirname, "../../../shared/vectors");

const absent = existsSync(FOLDER)
  ? false
  : "the folder ../shared/vectors (public test vectors) is missing beside the project";

/** For a test that needs the vectors: skipped, with the reason, where they are missing. */
export const VECTORS = { skip: absent };

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
