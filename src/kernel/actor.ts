import type { Word } from "./words.ts";

/** Who is asking. Comes from a credential or from code, never from a person's text. */
export interface Actor {
  readonly kind: "app" | "agent" | "staff" | "subject" | "system";
  readonly id: Word;
  readonly roles: readonly Word[];
}
