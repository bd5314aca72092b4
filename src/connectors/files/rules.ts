import type { Word } from "#kernel";
import type { Identity } from "#sources";

import { failure } from "../failure.ts";
import { optionInvalid } from "../options.ts";
import { nameOf, parseTemplate, TEMPLATE_ACCEPTED, valueFor, type Template } from "../template.ts";
import { isName } from "./place.ts";

export interface FilePattern {
  /** `avatars/<externalId>.png`, `orders/<externalId>/*`, or a folder: `uploads/<externalId>/`. */
  readonly path: string;
  readonly category: string;
  /** Whether a person's package holds them; it does without. */
  readonly export?: boolean | undefined;
  /** How long they are kept. Without: until the person is erased. */
  readonly retention?: FileRetention | undefined;
}

export interface FileRetention {
  readonly rule: string;
  /** When a file's content was last written, as the file system has it. */
  readonly anchor: "modified";
  /** An ISO 8601 duration. Default: that of the shipped rule of this name. */
  readonly maxAge?: string | undefined;
}

export interface FileRule {
  readonly collection: string;
  readonly category: string;
  readonly exported: boolean;
  readonly template: Template;
  readonly retention: FileRetention | null;
}

export interface FilePlace {
  readonly source: Word;
  readonly root: string;
  readonly rules: readonly FileRule[];
}

export function ruleOf(source: string, given: FilePattern, at: number): FileRule {
  const { path, category, retention = null } = given;
  const template = parseTemplate(path, "/");
  const sound =
    template !== null &&
    path
      .split("/")
      .every((part, index, all) => isPart(part) || (part === "" && index === all.length - 1));
  if (!sound) throw optionInvalid(source, ["files", at, "path"], path, TEMPLATE_ACCEPTED);
  if (retention !== null && template.before.includes("*")) {
    const accepted = "a path without a * before the name";
    throw optionInvalid(source, ["files", at, "retention"], retention, accepted);
  }
  return { collection: path, category, exported: given.export ?? true, template, retention };
}

const isPart = (part: string): boolean =>
  part === "*" || isName(part.replace(/<[A-Za-z][\w-]*>/, "x"));

interface Named {
  readonly rule: FileRule;
  readonly value: string;
}

export function namedFor({ source, rules }: FilePlace, who: Identity): readonly Named[] {
  return rules.flatMap((rule) => {
    const value = valueFor(rule.template, who);
    if (value === null) throw failure(source, "identifier-missing");
    if (value === "") return [];
    const part = isName(value) && nameOf(rule.template, value).split("/")[depthOf(rule.template)];
    if (!part || !isName(part)) throw failure(source, "identifier-refused");
    return [{ rule, value }];
  });
}

/** Which part of a path has the person's name. */
export const depthOf = ({ before }: Template): number => before.split("/").length - 1;
