import type { Identity } from "#sources";

/**
 * Names of one person's keys or files: `cart:<externalId>:*`. `*` stands for one part between
 * separators.
 *
 * Why it is exact: there is one identifier in a template, alone with fixed text in its part, and
 * neither it nor `*` reaches over a separator. So of two names of different people, the part with
 * the identifier differs.
 */
export interface Template {
  readonly text: string;
  readonly separator: string;
  /** `externalId`, `subject`, or one of the person's identifiers. */
  readonly identifier: string;
  readonly before: string;
  readonly after: string;
}

const PLACEHOLDER = /<([A-Za-z][A-Za-z0-9_-]{0,63})>/g;

/** What a template must be, for whoever wrote one that is not. */
export const TEMPLATE_ACCEPTED =
  "a name with one identifier in it, such as cart:<externalId>:*, whose * stands alone in its part";

/** @returns `null` for what could name other people's. */
export function parseTemplate(text: string, separator: string): Template | null {
  const found = [...text.matchAll(PLACEHOLDER)];
  const [placeholder] = found;
  if (placeholder === undefined || found.length > 1) return null;
  const before = text.slice(0, placeholder.index);
  const after = text.slice(placeholder.index + placeholder[0].length);
  const parts = [...before.split(separator), ...after.split(separator)];
  if (parts.some((part) => part.includes("*") && part !== "*")) return null;
  // Beside the identifier, in its own part, a star would reach into other people's identifiers.
  if (before.endsWith("*") || after.startsWith("*")) return null;
  return { text, separator, identifier: placeholder[1]!, before, after };
}

/** The person's value for a template; `null`: none was given. Empty: they have none. */
export const valueFor = ({ identifier }: Template, who: Identity): string | null =>
  identifierOf(identifier, who);

export function identifierOf(kind: string, who: Identity): string | null {
  if (kind === "externalId") return who.externalId;
  if (kind === "subject") return who.subject;
  const { identifiers } = who;
  return Object.hasOwn(identifiers, kind) ? (identifiers[kind] ?? null) : null;
}

/** Of the names that a system is asked by, those that an erasure has to be given with. */
export function furtherNames(kinds: readonly string[]): readonly string[] {
  return [...new Set(kinds)].filter((kind) => kind !== "externalId" && kind !== "subject");
}

export const hasStar = ({ before, after }: Template): boolean => `${before}${after}`.includes("*");

/** The name itself, of a template without a star. */
export const nameOf = ({ before, after }: Template, value: string): string =>
  `${before}${value}${after}`;

/** Matches exactly the names of the person with this value. */
export const matcherOf = (template: Template, value: string): RegExp =>
  matcher(template, escaped(value));

/** The value that a name was made with; `null`: it is none of this template. */
export function valueIn(template: Template, name: string): string | null {
  const part = `([^${escaped(template.separator)}]+)`;
  return matcher(template, part).exec(name)?.[1] ?? null;
}

function matcher({ before, after, separator }: Template, value: string): RegExp {
  const star = `[^${escaped(separator)}]*`;
  const pattern = (text: string) => text.split("*").map(escaped).join(star);
  return new RegExp(`^${pattern(before)}${value}${pattern(after)}$`);
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
