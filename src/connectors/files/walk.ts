import type { Template } from "../template.ts";
import { entryAt, namesIn, type Entry } from "./place.ts";

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
): AsyncGenerator<Entry> {
  const folder = template.text.endsWith("/");
  for await (const entry of matching(root, "", partsOf(template, value))) {
    for await (const one of folder ? under(root, entry.path, 0) : [entry]) {
      if (one.kind === "file") yield one;
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

/** Entries of whose path each part is as given, or any where a star is. */
async function* matching(
  root: string,
  path: string,
  parts: readonly (string | null)[],
): AsyncGenerator<Entry> {
  const [part, ...rest] = parts;
  const names = part === null ? await namesIn(root, path) : [part!];
  for (const name of names) {
    const entry = await entryAt(root, path === "" ? name : `${path}/${name}`);
    if (entry === null) continue;
    if (rest.length === 0) yield entry;
    else if (entry.kind === "folder") yield* matching(root, entry.path, rest);
  }
}

/** A person's folders of a template that is one, empty ones too. */
export async function* foldersIn(
  root: string,
  template: Template,
  value: string,
): AsyncGenerator<string> {
  if (!template.text.endsWith("/")) return;
  for await (const { path } of matching(root, "", partsOf(template, value))) {
    for await (const one of under(root, path, 0)) if (one.kind === "folder") yield one.path;
  }
}

/** What is at a path, and all that is in it. */
async function* under(root: string, path: string, depth: number): AsyncGenerator<Entry> {
  if (depth > DEPTH_MAX) throw new RangeError("folders in folders without an end");
  const entry = await entryAt(root, path);
  if (entry === null) return;
  yield entry;
  if (entry.kind === "file") return;
  for (const name of await namesIn(root, path)) yield* under(root, `${path}/${name}`, depth + 1);
}
