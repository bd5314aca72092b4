import type { Template } from "../template.ts";
import { fileAt, kindAt, namesIn, type PlacedFile } from "./place.ts";

/** A folder inside a person's, deeper than which nobody stores anything. */
const DEPTH_MAX = 64;

/**
 * A person's files of one template, in the order of their names. A template that ends in `/` is a
 * folder with all that is in it.
 */
export async function* filesOf(
  root: string,
  template: Template,
  value: string,
): AsyncGenerator<PlacedFile> {
  const folder = template.text.endsWith("/");
  for await (const path of matching(root, "", partsOf(template, value))) {
    if (folder) yield* inFolder(root, path);
    else {
      const file = (await kindAt(root, path)) === "file" ? await fileAt(root, path) : null;
      if (file !== null) yield file;
    }
  }
}

/** `null` for a star of the template: one in a person's name is a name. */
function partsOf({ text, before }: Template, value: string): readonly (string | null)[] {
  const own = before.split("/").length - 1;
  return text.split("/").flatMap((part, at) => {
    if (part === "") return [];
    if (at === own) return [part.replace(/<[^>]*>/, () => value)];
    return [part === "*" ? null : part];
  });
}

/** Paths of which each part is as given, or any where a star is. */
async function* matching(
  root: string,
  path: string,
  parts: readonly (string | null)[],
): AsyncGenerator<string> {
  const [part, ...rest] = parts;
  if (part === undefined) {
    yield path;
    return;
  }
  const names = part === null ? await namesIn(root, path) : [part];
  for (const name of names) {
    const next = path === "" ? name : `${path}/${name}`;
    const kind = await kindAt(root, next);
    if (kind === null || (kind === "file" && rest.length > 0)) continue;
    yield* matching(root, next, rest);
  }
}

/** A person's folders of a template that is one, empty ones too. */
export async function* foldersIn(
  root: string,
  template: Template,
  value: string,
): AsyncGenerator<string> {
  if (!template.text.endsWith("/")) return;
  for await (const path of matching(root, "", partsOf(template, value))) {
    for await (const { path: inner, kind } of under(root, path, 0)) {
      if (kind === "folder") yield inner;
    }
  }
}

async function* inFolder(root: string, folder: string): AsyncGenerator<PlacedFile> {
  for await (const { path, kind } of under(root, folder, 0)) {
    const file = kind === "file" ? await fileAt(root, path) : null;
    if (file !== null) yield file;
  }
}

/** The folder itself, and all that is in it. */
async function* under(
  root: string,
  path: string,
  depth: number,
): AsyncGenerator<{ readonly path: string; readonly kind: "folder" | "file" }> {
  if (depth > DEPTH_MAX) throw new RangeError("folders in folders without an end");
  const kind = await kindAt(root, path);
  if (kind === null) return;
  yield { path, kind };
  if (kind === "file") return;
  for (const name of await namesIn(root, path)) yield* under(root, `${path}/${name}`, depth + 1);
}
