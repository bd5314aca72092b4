import type { CategoryId } from "#policy";
import type { z } from "zod";

import type { shapes } from "./input/index.ts";

/** What one memory may say of itself. */
export interface MemoryFields {
  /**
   * What kind of personal data it is; the purpose must allow it. Default: the purpose's only
   * category; else `other`, where the purpose allows that.
   */
  readonly category?: CategoryId | undefined;
  /** Only keys that the purpose declares; 16 KiB of JSON. */
  readonly metadata?: Readonly<Record<string, string | number | boolean | null>> | undefined;
  /** Where it came from: a replay of the same event is recognised, even after an erasure. */
  readonly source?: { readonly system: string; readonly event: string } | undefined;
  /** When it was said, if not now: a date, or milliseconds since 1970; not in the future. */
  readonly at?: Date | number | undefined;
  /** An earlier end than its purposes give it: a date, or milliseconds since 1970. */
  readonly expiresAt?: Date | number | undefined;
  /** Who said it, by name; 256 bytes. */
  readonly speaker?: string | undefined;
}

/** One turn of a conversation. What it says of itself goes before the options of the call. */
export interface Message extends MemoryFields {
  readonly role: "user" | "assistant" | "system" | "tool";
  /** At most 1 MiB of UTF-8. */
  readonly content: string;
}

export type RememberInput = string | readonly Message[];

export interface RememberOptions extends MemoryFields {
  /** Purposes to store it for, 64 at most; among those of the session. Default: all of them. */
  readonly purposes?: readonly string[] | undefined;
  /** A repeated call with this key within 24 hours answers with the memories of the first. */
  readonly idempotencyKey?: string | undefined;
}

export interface RecallOptions {
  /** The most memories that are returned: 1 to 100. Default: 10. The purpose may say less. */
  readonly limit?: number | undefined;
  /** The budget of `context`, in tokens of about four letters: 1 to 1,000,000. Default: 1000. */
  readonly tokens?: number | undefined;
  /** Counts what was withheld, for roles that may know it. Default: `false`. */
  readonly explain?: boolean | undefined;
}

export interface SessionInput {
  /** What its memories are used for. */
  readonly purpose: string;
  /** What is remembered here is stored for these purposes. Default: the session's own. */
  readonly storeFor?: readonly string[] | undefined;
  /** The application's own name for the conversation; kept as a keyed fingerprint. */
  readonly thread?: string | undefined;
}

export interface ListOptions {
  /** Default: none, which only the person and the privacy officer may do. */
  readonly purpose?: string | undefined;
  readonly category?: CategoryId | undefined;
  /** The first instant: a date, or milliseconds since 1970. */
  readonly since?: Date | number | undefined;
  /** The first instant that is too late. */
  readonly until?: Date | number | undefined;
  /** The most memories of one page: 1 to 1000. Default: 100. */
  readonly limit?: number | undefined;
  /** Where the last page ended: its `next`, as it is. Default, and for `null`: the newest. */
  readonly after?: { readonly createdAt: Date | number; readonly node: string } | null | undefined;
}

export interface SubjectOptions {
  /** ISO 3166 country of residence: `DE`. */
  readonly jurisdiction?: string | undefined;
  /** The region to look in, and to register in. Default: each is asked. */
  readonly region?: string | undefined;
  /** Given with the registration, once: it never brings a withdrawn consent back. */
  readonly consent?: SubjectConsent | undefined;
}

export interface SubjectConsent {
  /** Which version of the privacy notice they saw: `2026-11`. */
  readonly policyVersion: string;
  /** How it was collected: `signup_form_v3`. */
  readonly mechanism: string;
  /** Default: `assistant`. */
  readonly purpose?: string | undefined;
  /** A clear, specific statement, not a mere act; special categories need it. Default: `false`. */
  readonly explicit?: boolean | undefined;
}

export interface ActorInput {
  readonly kind: "app" | "agent" | "staff" | "subject" | "system";
  readonly id: string;
  /** `app`, `privacy-officer`, `auditor`, or those that a purpose names; 32 at most. */
  readonly roles?: readonly string[] | undefined;
}

/** Does not compile unless both types have the same fields and accept the same values. */
type Same<Left, Right> = [Left, keyof Left, Right, keyof Right] extends [
  Right,
  keyof Right,
  Left,
  keyof Left,
]
  ? true
  : never;

type Shape<Name extends keyof typeof shapes> = z.input<(typeof shapes)[Name]>;
type MessageShape = Exclude<Shape<"remembered">, string>[number];

void ([true, true, true, true, true, true, true, true] satisfies [
  Same<Message, MessageShape>,
  Same<RememberInput, Shape<"remembered">>,
  Same<RememberOptions, Shape<"remember">>,
  Same<RecallOptions, Shape<"recall">>,
  Same<SessionInput, Shape<"session">>,
  Same<ListOptions, Shape<"list">>,
  Same<SubjectOptions, Shape<"subject">>,
  Same<ActorInput, Shape<"actor">>,
]);
