import type { Word } from "#kernel";
import type { Identity } from "#sources";

import { failure } from "../failure.ts";
import { optionInvalid } from "../options.ts";
import { hasStar, parseTemplate, TEMPLATE_ACCEPTED, valueFor, type Template } from "../template.ts";

/** Which keys are a person's; with `member`, which element of one key that all people share. */
export interface RedisKeys {
  /** `cart:<externalId>:*`; with `member`, a key as it is. */
  readonly key: string;
  /** `<externalId>`: a member of a set or sorted set, a field of a hash, an element of a list. */
  readonly member?: string | undefined;
  readonly category: string;
  /** Whether a person's package shows it; it does without. */
  readonly export?: boolean | undefined;
}

export interface KeyRule {
  readonly collection: string;
  readonly category: string;
  readonly exported: boolean;
  readonly template: Template;
  /** The key whose member the template names; `null`: the template names keys. */
  readonly sharedKey: string | null;
}

export function rulesOf(
  source: Word,
  keys: readonly RedisKeys[],
  separator: string,
): readonly KeyRule[] {
  const rules = keys.map((given, at) => {
    const { key, member } = given;
    const template = parseTemplate(member ?? key, separator);
    const path = ["keys", at, member === undefined ? "key" : "member"];
    if (template === null) throw optionInvalid(source, path, member ?? key, TEMPLATE_ACCEPTED);
    if (member !== undefined && hasStar(template)) {
      throw optionInvalid(source, path, member, "one element, such as <externalId>, without a *");
    }
    return {
      collection: member === undefined ? key : `${key} ${member}`,
      category: given.category,
      exported: given.export ?? true,
      template,
      sharedKey: member === undefined ? null : key,
    };
  });
  const names = rules.map(({ collection }) => collection);
  const twice = names.findIndex((name, at) => names.indexOf(name) !== at);
  if (twice !== -1) throw optionInvalid(source, ["keys", twice], keys[twice], "each only once");
  return rules;
}

/** A rule with the person's value in it. */
export interface Named {
  readonly rule: KeyRule;
  readonly value: string;
}

/**
 * The rules as they are for one person. An identifier that was given as an empty text is one that
 * they do not have.
 *
 * @throws {OubliError} `SOURCE_FAILED`: `identifier-missing` where a rule asks for a name that the
 *   person was not given with, since its keys would be left behind as if there were none;
 *   `identifier-refused` where the name could reach over a separator.
 */
export function namedFor(source: Word, rules: readonly KeyRule[], who: Identity): readonly Named[] {
  const starred = rules.some(({ template }) => hasStar(template));
  return rules.flatMap((rule) => {
    const value = valueFor(rule.template, who);
    if (value === null) throw failure(source, "identifier-missing");
    const reaches = starred && value.includes(rule.template.separator);
    if (reaches) throw failure(source, "identifier-refused");
    return value === "" ? [] : [{ rule, value }];
  });
}
