import { guardedFiles } from "./failure.ts";
import { namesIn, rootOf } from "./place.ts";
import type { FilePlace } from "./rules.ts";
import type { Template } from "../template.ts";

/** Whose files are there, by the names in the folder in which people's names stand. */
export async function* identities(
  place: FilePlace,
  template: Template,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const root = await guardedFiles(place, signal, () => rootOf(place.root));
  const [above = "", before = ""] = split(template.before);
  const after = template.after.split("/", 1)[0]!;
  const names = await guardedFiles(place, signal, () => namesIn(root, above));
  for (const name of names) {
    if (!name.startsWith(before) || !name.endsWith(after)) continue;
    const value = name.slice(before.length, name.length - after.length);
    if (value !== "") yield value;
  }
}

function split(text: string): readonly [string, string] {
  const at = text.lastIndexOf("/");
  return at === -1 ? ["", text] : [text.slice(0, at), text.slice(at + 1)];
}
