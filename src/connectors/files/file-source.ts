import type { Word } from "#kernel";
import {
  defineSource,
  type CollectionOutcome,
  type Identity,
  type Outcome,
  type Source,
  type SourceCall,
} from "#sources";
import * as z from "zod";

import { looked } from "../failure.ts";
import { code, parted, strict, text, type CommonOptions } from "../options.ts";
import { furtherNames } from "../template.ts";
import { destroyFile, foldersOf, removeEmpty } from "./destroy.ts";
import { exported } from "./export.ts";
import { guardedFiles } from "./failure.ts";
import { identities } from "./identities.ts";
import { rootOf } from "./place.ts";
import { retentionOf } from "./retention.ts";
import { depthOf, namedFor, ruleOf, type FilePattern, type FilePlace } from "./rules.ts";
import { filesOf, foldersIn } from "./walk.ts";

export interface FileSourceOptions extends CommonOptions {
  /** The folder that all of them are below. */
  readonly root: string;
  readonly files: readonly FilePattern[];
}

const OPTIONS = {
  root: text((value) => value !== "" && !value.includes("\0"), "a folder"),
  files: z
    .array(
      strict({
        path: z.string().min(1).max(1024),
        category: code,
        export: z.boolean().optional(),
        retention: strict({
          rule: code,
          anchor: z.literal("modified"),
          maxAge: z.string().optional(),
        }).optional(),
      }),
    )
    .min(1)
    .max(1000),
};

/** Files and folders whose paths are made of a person's names. */
export function fileSource(options: FileSourceOptions): Source {
  const { common, own } = parted(options, OPTIONS);
  const rules = own.files.map((file, at) => ruleOf(common.name, file, at));
  const place: FilePlace = { source: common.name as Word, root: own.root, rules };
  const listed = rules.find(
    ({ template }) => template.identifier === "externalId" && !template.before.includes("*"),
  );
  const retention = retentionOf(place);
  return defineSource({
    ...common,
    identifiers: furtherNames(rules.map(({ template }) => template.identifier)),
    check: (signal) =>
      looked(place.source, async () => {
        await guardedFiles(place, signal, () => rootOf(place.root));
        return [];
      }),
    export: (who, call) => exported(place, who, call),
    erase: (who, call) => guardedFiles(place, call.signal, () => erase(place, who, call)),
    verify: (who, call) => guardedFiles(place, call.signal, () => verify(place, who)),
    ...(retention.length > 0 && { retention }),
    ...(listed && { identities: (signal) => identities(place, listed.template, signal) }),
  });
}

async function erase(place: FilePlace, who: Identity, { signal }: SourceCall): Promise<Outcome> {
  const mine = namedFor(place, who);
  const root = await rootOf(place.root);
  const collections: CollectionOutcome[] = [];
  for (const { rule, value } of mine) {
    let records = 0;
    const folders: string[] = [];
    for await (const { path } of filesOf(root, rule.template, value)) {
      signal.throwIfAborted();
      await destroyFile(root, path);
      folders.push(...foldersOf(path, depthOf(rule.template)));
      records += 1;
    }
    for await (const folder of foldersIn(root, rule.template, value)) folders.push(folder);
    await removeEmpty(root, folders);
    collections.push({ name: rule.collection, records, strategy: "delete" });
  }
  const recordsDeleted = collections.reduce((sum, { records }) => sum + records, 0);
  return { status: "done", recordsDeleted, collections };
}

async function verify(place: FilePlace, who: Identity): Promise<{ remaining: number }> {
  const root = await rootOf(place.root);
  let remaining = 0;
  for (const { rule, value } of namedFor(place, who)) {
    for await (const _ of filesOf(root, rule.template, value)) remaining += 1;
    // A folder with their name leads to them, too.
    for await (const _ of foldersIn(root, rule.template, value)) remaining += 1;
  }
  return { remaining };
}
