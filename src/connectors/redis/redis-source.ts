import type { Word } from "#kernel";
import {
  defineSource,
  type CollectionOutcome,
  type Identity,
  type Outcome,
  type Source,
  type SourceCall,
  type SourceFinding,
} from "#sources";
import * as z from "zod";

import { looked } from "../failure.ts";
import { code, parted, strict, text, type CommonOptions } from "../options.ts";
import { furtherNames, nameOf, valueIn, type Template } from "../template.ts";
import { connect, connected, type RedisPlace, type Send } from "./connection.ts";
import { exported } from "./export.ts";
import { binaryMatcher, bytesOf, keysOf, plainText, scan } from "./keys.ts";
import { readMember, removeMember } from "./members.ts";
import { namedFor, rulesOf, type KeyRule, type Named, type RedisKeys } from "./rules.ts";

export interface RedisSourceOptions extends CommonOptions {
  /** `redis://` or `rediss://`, with name, password and database. */
  readonly url: string;
  readonly keys: readonly RedisKeys[];
  /** What the parts of a key are separated by; `:` without. */
  readonly separator?: string;
  /** Authorities that vouch for the server, in PEM. */
  readonly ca?: string;
}

/** It keeps no time at which a key was written; and what it knows of its use, reading changes. */
const NO_RULE = "no rule: a key ends by the EXPIRE that it was written with";

const OPTIONS = {
  url: text(
    (value) => URL.canParse(value) && /^rediss?:/.test(value),
    "a redis:// or rediss:// URL",
  ),
  keys: z
    .array(
      strict(
        {
          key: z.string().min(1).max(1024),
          member: z.string().min(1).max(1024).optional(),
          category: code,
          export: z.boolean().optional(),
        },
        { anchor: NO_RULE, maxAge: NO_RULE, retention: NO_RULE },
      ),
    )
    .min(1)
    .max(1000),
  retention: z.custom(() => false, NO_RULE).optional(),
  separator: text((value) => /^[^\w*<>]$/.test(value), "one character, such as :").optional(),
  ca: z.string().min(1).optional(),
};

const SEPARATOR = ":";

/** Keys in one `UNLINK`: the server frees their memory beside its other work. */
const UNLINK_KEYS_MAX = 500;

/** A Redis server's keys that are made of a person's names. */
export function redisSource(options: RedisSourceOptions): Source {
  const { common, own } = parted(options, OPTIONS);
  const source = common.name as Word;
  const place: RedisPlace = { source, url: own.url, ca: own.ca };
  const rules = rulesOf(source, own.keys, own.separator ?? SEPARATOR);
  const listed = rules.find(
    ({ template, sharedKey }) => template.identifier === "externalId" && sharedKey === null,
  );
  return defineSource({
    tier: "cache",
    ...common,
    identifiers: furtherNames(rules.map(({ template }) => template.identifier)),
    check: (signal) => check(place, signal),
    export: (who, call) => exported(place, rules, who, call),
    erase: (who, call) => erase(place, rules, who, call),
    verify: (who, call) => verify(place, rules, who, call),
    ...(listed && { identities: (signal) => identities(place, listed.template, signal) }),
  });
}

async function erase(
  place: RedisPlace,
  rules: readonly KeyRule[],
  who: Identity,
  { signal }: SourceCall,
): Promise<Outcome> {
  const mine = namedFor(place.source, rules, who);
  return connected(place, signal, async (send) => {
    const collections: CollectionOutcome[] = [];
    for (const named of mine) {
      const records = await eraseRule(send, named);
      collections.push({ name: named.rule.collection, records, strategy: "delete" });
    }
    const recordsDeleted = collections.reduce((sum, { records }) => sum + records, 0);
    return { status: "done", recordsDeleted, collections };
  });
}

async function eraseRule(send: Send, { rule, value }: Named): Promise<number> {
  const { template, sharedKey } = rule;
  if (sharedKey !== null) return removeMember(send, sharedKey, nameOf(template, value));
  let records = 0;
  for await (const keys of keysOf(send, template, value)) {
    for (let from = 0; from < keys.length; from += UNLINK_KEYS_MAX) {
      const some = keys.slice(from, from + UNLINK_KEYS_MAX).map(bytesOf);
      records += Number(await send("UNLINK", ...some));
    }
  }
  return records;
}

/** Looks at every key there is, and compares names here: not by the server's pattern again. */
async function verify(
  place: RedisPlace,
  rules: readonly KeyRule[],
  who: Identity,
  { signal }: SourceCall,
): Promise<{ remaining: number }> {
  const mine = namedFor(place.source, rules, who);
  return connected(place, signal, async (send) => {
    const left = new Set<string>();
    for (const { rule, value } of mine) {
      if (rule.sharedKey === null) continue;
      const found = await readMember(send, rule.sharedKey, nameOf(rule.template, value));
      if (found !== null) left.add(rule.collection);
    }
    const named = mine.filter(({ rule }) => rule.sharedKey === null);
    const matchers = named.map(({ rule, value }) => binaryMatcher(rule.template, value));
    if (matchers.length === 0) return { remaining: left.size };
    for await (const keys of scan(send)) {
      for (const key of keys) if (matchers.some((matcher) => matcher.test(key))) left.add(key);
    }
    return { remaining: left.size };
  });
}

async function* identities(
  place: RedisPlace,
  template: Template,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { send, end } = await connect(place, signal);
  const seen = new Set<string>();
  try {
    for await (const keys of scan(send)) {
      for (const key of keys) {
        const found = valueIn(template, plainText(key));
        if (found === null || seen.has(found)) continue;
        seen.add(found);
        yield found;
      }
    }
  } finally {
    end();
  }
}

function check(place: RedisPlace, signal: AbortSignal): Promise<readonly SourceFinding[]> {
  return looked(place.source, () =>
    connected(place, signal, async (send) => {
      const answer = await send("INFO");
      const info = answer instanceof Uint8Array ? Buffer.from(answer).toString() : "";
      const found: SourceFinding[] = [];
      // One node of a cluster walks over its own keys alone: the others' would be left behind.
      if (/^cluster_enabled:1/m.test(info)) found.push(finding("cluster-unsupported"));
      if (/^role:slave/m.test(info)) found.push(finding("read-only"));
      return found;
    }),
  );
}

const finding = (code: string): SourceFinding => ({ level: "error", code: code as Word });
