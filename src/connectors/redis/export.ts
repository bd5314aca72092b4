import type { Identity, SourceCall, SourceItem } from "#sources";

import { nameOf } from "../template.ts";
import { connect, type RedisPlace, type Send } from "./connection.ts";
import { keysOf, plainText } from "./keys.ts";
import { readMember } from "./members.ts";
import { namedFor, type KeyRule, type Named } from "./rules.ts";
import { readValue } from "./values.ts";

/** A person's values, key by key; a long one in several parts. */
export async function* exported(
  place: RedisPlace,
  rules: readonly KeyRule[],
  who: Identity,
  { signal }: SourceCall,
): AsyncGenerator<SourceItem> {
  const mine = namedFor(place.source, rules, who).filter(({ rule }) => rule.exported);
  const { send, end } = await connect(place, signal);
  try {
    for (const named of mine) {
      yield* named.rule.sharedKey === null ? ofKeys(send, named) : ofMember(send, named);
    }
  } finally {
    end();
  }
}

async function* ofKeys(send: Send, { rule, value }: Named): AsyncGenerator<SourceItem> {
  const { collection, category, template } = rule;
  for await (const keys of keysOf(send, template, value)) {
    for (const key of keys) {
      let part = 0;
      for await (const data of readValue(send, key)) {
        const id = part === 0 ? plainText(key) : `${plainText(key)}#${part}`;
        yield { collection, category, id, data };
        part += 1;
      }
    }
  }
}

async function* ofMember(send: Send, { rule, value }: Named): AsyncGenerator<SourceItem> {
  const { collection, category, template, sharedKey } = rule;
  const member = nameOf(template, value);
  const found = await readMember(send, sharedKey!, member);
  if (found === null) return;
  yield { collection, category, id: `${sharedKey!} ${member}`, data: { member, value: found } };
}
