/** Values that no call expects, or that few do. `CANARY` stands in all that can hold a text. */
export const CANARY = "Ada-Lovelace-1815";
/** The same in the shape of a code: a purpose, a reason or a role could be written so. */
export const CODE_CANARY = "ada-lovelace-1815";

/** Whether a text tells anything of a canary. */
export const tells = (text: string): boolean => /lovelace/i.test(text);

const MIB = 1024 * 1024;

function throwing(): never {
  throw new Error(`a getter that knows ${CANARY}`);
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function circular(): object {
  const object: Record<string, unknown> = { [CODE_CANARY]: CANARY };
  object["self"] = object;
  return object;
}

class Person {
  readonly name = CANARY;
}

/** Every kind of value, by a name; a maker each, so that none is shared between two calls. */
export const BAD_VALUES = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  zero: () => 0,
  "minus one": () => -1,
  "one and a half": () => 1.5,
  NaN: () => NaN,
  infinity: () => Infinity,
  "a number beyond safe integers": () => 2 ** 60,
  "a bigint": () => 1815n,
  "a symbol": () => Symbol(CANARY),
  "a function": () => () => CANARY,
  "an empty text": () => "",
  "a blank text": () => " \t\n ",
  "a text": () => CANARY,
  "a text as a code": () => CODE_CANARY,
  "a text over 1 MiB": () => CANARY.padEnd(MIB + 1, "x"),
  "a text with NUL": () => `${CANARY}\u0000 after`,
  "a lone surrogate": () => `${CANARY} \ud83d`,
  "a text from right to left": () => `\u202e ${CANARY} שלום`,
  "a text with emoji": () => `👩‍🚀 ${CANARY} 🏳️‍🌈`,
  "a text that looks like an id": () => `node_${CANARY}`,
  "a text object": () => new String(CANARY),
  "an empty array": () => [],
  "an array of texts": () => [CANARY, CODE_CANARY],
  "an array with a hole": () => Object.assign([], { length: 3, [CANARY]: 1 }),
  "an empty object": () => ({}),
  "an object": () => ({ [CODE_CANARY]: CANARY, [CANARY]: CODE_CANARY }),
  "an object of a class": () => new Person(),
  "an object without prototype": () => Object.assign(Object.create(null), { [CODE_CANARY]: 1 }),
  "an object with a prototype": () => Object.create({ purpose: CODE_CANARY, [CODE_CANARY]: 1 }),
  "an object with __proto__": () => JSON.parse(`{"__proto__": {"${CODE_CANARY}": 1}}`) as object,
  "a getter that throws": () =>
    Object.defineProperty({}, "purpose", { get: throwing, enumerable: true }),
  "a proxy that throws": () => new Proxy({}, { get: throwing, ownKeys: throwing, has: throwing }),
  "a revoked proxy": revoked,
  "a circular object": circular,
  "a map": () => new Map([[CANARY, CANARY]]),
  "some bytes": () => Buffer.from(CANARY),
  "a promise": () => Promise.resolve(CANARY),
  "an invalid date": () => new Date(CANARY),
  "a date before 1970": () => new Date(-1),
  "a date in the future": () => new Date(Date.UTC(2999, 0, 1)),
  "a date in the past": () => new Date(Date.UTC(2001, 0, 1)),
} as const satisfies Record<string, () => unknown>;

export type BadName = keyof typeof BAD_VALUES;

export const BAD_NAMES = Object.keys(BAD_VALUES) as BadName[];

/** Texts that hold something strange, and are texts all the same. */
export const TEXTS: readonly BadName[] = [
  "a text",
  "a text as a code",
  "a text with NUL",
  "a text from right to left",
  "a text with emoji",
  "a text that looks like an id",
];

/** Objects without a field of their own: options that say nothing. */
export const NO_FIELDS: readonly BadName[] = ["undefined", "an empty object"];

export const PAST: readonly BadName[] = ["a date in the past", "zero"];
export const DATES: readonly BadName[] = [...PAST, "a date in the future"];
