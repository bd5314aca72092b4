import type { Identity, SourceCall, SourceItem } from "#sources";

import { guardedFiles } from "./failure.ts";
import { openFile, rootOf, type Entry } from "./place.ts";
import { namedFor, type FilePlace, type FileRule } from "./rules.ts";
import { filesOf } from "./walk.ts";

/** Of a file in one item of a package; longer ones come in parts. */
const PART_BYTES = 512 * 1024;

/** A person's files, one by one; a long one in several parts. */
export async function* exported(
  place: FilePlace,
  who: Identity,
  { signal }: SourceCall,
): AsyncGenerator<SourceItem> {
  const mine = namedFor(place, who).filter(({ rule }) => rule.exported);
  const root = await guardedFiles(place, signal, () => rootOf(place.root));
  for (const { rule, value } of mine) {
    const parts = partsOf(root, rule, value);
    try {
      for (;;) {
        const { done, value: item } = await guardedFiles(place, signal, () => parts.next());
        if (done === true) break;
        yield item;
      }
    } finally {
      await parts.return(undefined); // Whoever stops half-way leaves no file open.
    }
  }
}

async function* partsOf(root: string, rule: FileRule, value: string): AsyncGenerator<SourceItem> {
  for await (const file of filesOf(root, rule.template, value)) {
    yield* itemsOf(root, rule, file);
  }
}

async function* itemsOf(
  root: string,
  { collection, category }: FileRule,
  { path, modifiedAt }: Entry,
): AsyncGenerator<SourceItem> {
  const handle = await openFile(root, path, "read");
  if (handle === null) return;
  try {
    const { size } = await handle.stat();
    const parts = Math.max(1, Math.ceil(size / PART_BYTES));
    for (let part = 0; part < parts; part += 1) {
      const buffer = Buffer.alloc(Math.min(PART_BYTES, size - part * PART_BYTES));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, part * PART_BYTES);
      const id = parts === 1 ? path : `${path}#${part}`;
      const content = shown(buffer.subarray(0, bytesRead));
      const data = { path, bytes: size, modifiedAt: modifiedAt.toISOString(), part, parts };
      yield { collection, category, id, data: { ...data, ...content } };
    }
  } finally {
    await handle.close();
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Text as text; anything else, and a part that ends within a character, as bytes. */
function shown(bytes: Uint8Array): { text: string } | { base64: string } {
  try {
    return { text: decoder.decode(bytes) };
  } catch {
    return { base64: Buffer.from(bytes).toString("base64") };
  }
}
