import type { Subject } from "#engine";
import type { SourceItem } from "#sources";

import { sink, textOf, unzip } from "../support/unzip.ts";

/** What a person is given, unpacked. */
export async function given(person: Subject, options: Parameters<Subject["package"]>[1] = {}) {
  const { stream, bytes } = sink();
  const made = await person.package(stream, options);
  return { made, files: await unzip(bytes()) };
}

/** What a package says of itself. */
export const summaryOf = (files: ReadonlyMap<string, Buffer>) =>
  JSON.parse(textOf(files, "data/package.json")) as {
    complete: boolean;
    sections: { section: string; records: number; failed: string | null; withheld: object }[];
  };

/** Records of another system. */
export async function* these(...items: readonly Partial<SourceItem>[]): AsyncGenerator<SourceItem> {
  const whole = { collection: "orders", id: "1", category: "account", data: {} };
  for (const item of items) yield { ...whole, ...item };
}
