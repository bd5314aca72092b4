import type { Word } from "#kernel";
import {
  defineSource,
  type CollectionOutcome,
  type Identity,
  type Outcome,
  type Source,
  type SourceCall,
  type SourceFinding,
  type SourceItem,
} from "#sources";
import * as z from "zod";

import { commonCause, failure, within, type Cause } from "../failure.ts";
import { code, optionInvalid, parted, strict, text, type CommonOptions } from "../options.ts";
import {
  furtherNames,
  nameOf,
  parseTemplate,
  TEMPLATE_ACCEPTED,
  valueFor,
  type Template,
} from "../template.ts";
import { destroyFile, removeEmpty } from "./destroy.ts";
import { Hostile, isName, namesIn, openFile, rootOf, type Entry } from "./place.ts";
import { filesOf, foldersIn } from "./walk.ts";

export interface FilePattern {
  /** `avatars/<externalId>.png`, `orders/<externalId>/*`, or a folder: `uploads/<externalId>/`. */
  readonly path: string;
  readonly category: string;
  /** Whether a person's package holds them; it does without. */
  readonly export?: boolean | undefined;
}

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
      }),
    )
    .min(1)
    .max(1000),
};

interface FileRule {
  readonly collection: string;
  readonly category: string;
  readonly exported: boolean;
  readonly template: Template;
}

/** Of a file in one item of a package; longer ones come in parts. */
const PART_BYTES = 512 * 1024;

/** Files and folders whose paths are made of a person's names. */
export function fileSource(options: FileSourceOptions): Source {
  const { common, own } = parted(options, OPTIONS);
  const rules = own.files.map((file, at) => ruleOf(common.name, file, at));
  const place: FilePlace = { source: common.name as Word, root: own.root, rules };
  const listed = rules.find(
    ({ template }) => template.identifier === "externalId" && !template.before.includes("*"),
  );
  return defineSource({
    ...common,
    identifiers: furtherNames(rules.map(({ template }) => template.identifier)),
    check: (signal) => check(place, signal),
    export: (who, call) => exported(place, who, call),
    erase: (who, call) => guarded(place, call.signal, erase(place, who, call)),
    verify: (who, call) => guarded(place, call.signal, verify(place, who)),
    ...(listed && { identities: (signal) => identities(place, listed.template, signal) }),
  });
}

interface FilePlace {
  readonly source: Word;
  readonly root: string;
  readonly rules: readonly FileRule[];
}

function ruleOf(source: string, { path, category, ...given }: FilePattern, at: number): FileRule {
  const template = parseTemplate(path, "/");
  const sound =
    template !== null &&
    path
      .split("/")
      .every((part, index, all) => isPart(part) || (part === "" && index === all.length - 1));
  if (!sound) throw optionInvalid(source, ["files", at, "path"], path, TEMPLATE_ACCEPTED);
  return { collection: path, category, exported: given.export ?? true, template };
}

const isPart = (part: string): boolean =>
  part === "*" || isName(part.replace(/<[A-Za-z][\w-]*>/, "x"));

interface Named {
  readonly rule: FileRule;
  readonly value: string;
}

function namedFor({ source, rules }: FilePlace, who: Identity): readonly Named[] {
  return rules.flatMap((rule) => {
    const value = valueFor(rule.template, who);
    if (value === null) throw failure(source, "identifier-missing");
    if (value === "") return [];
    const part = isName(value) && nameOf(rule.template, value).split("/")[depthOf(rule.template)];
    if (!part || !isName(part)) throw failure(source, "identifier-refused");
    return [{ rule, value }];
  });
}

async function* exported(
  place: FilePlace,
  who: Identity,
  { signal }: SourceCall,
): AsyncGenerator<SourceItem> {
  const mine = namedFor(place, who).filter(({ rule }) => rule.exported);
  const root = await guarded(place, signal, rootOf(place.root));
  for (const { rule, value } of mine) {
    const parts = partsOf(root, rule, value);
    try {
      for (;;) {
        const { done, value: item } = await guarded(place, signal, parts.next());
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

/** Which part of a path has the person's name. */
const depthOf = ({ before }: Template): number => before.split("/").length - 1;

/** The folders on the way to a file, from the one with the person's name on. */
function foldersOf(path: string, depth: number): readonly string[] {
  const parts = path.split("/");
  return parts.map((_, at) => parts.slice(0, at + 1).join("/")).slice(depth, -1);
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

/** Whose files are there, by the names in the folder in which people's names stand. */
async function* identities(
  place: FilePlace,
  template: Template,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const root = await guarded(place, signal, rootOf(place.root));
  const [above = "", before = ""] = split(template.before);
  const after = template.after.split("/", 1)[0]!;
  const names = await guarded(place, signal, namesIn(root, above));
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

async function check(place: FilePlace, signal: AbortSignal): Promise<readonly SourceFinding[]> {
  try {
    await guarded(place, signal, rootOf(place.root));
    return [];
  } catch (error) {
    const { reason } = failure(place.source, "failed", error).details;
    return [{ level: "error", code: reason as Word }];
  }
}

async function guarded<Value>(
  { source }: FilePlace,
  signal: AbortSignal,
  work: Promise<Value>,
): Promise<Value> {
  try {
    return await within(signal, work);
  } catch (error) {
    throw failure(source, causeOf(error, signal), error);
  }
}

const CAUSES: Readonly<Record<string, Cause>> = {
  ENOENT: "unreachable",
  EACCES: "refused",
  EPERM: "refused",
  EROFS: "refused",
  ELOOP: "refused",
  EBUSY: "busy",
  EMFILE: "busy",
};

function causeOf(error: unknown, signal: AbortSignal): Cause {
  if (error instanceof Hostile) return "refused";
  const { code } = (error ?? {}) as { code?: unknown };
  return commonCause(error, signal) ?? (typeof code === "string" ? CAUSES[code] : null) ?? "failed";
}
