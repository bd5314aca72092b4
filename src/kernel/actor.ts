import { word, type Word } from "./words.ts";

/** Who is asking. Comes from a credential or from code, never from a person's text. */
export interface Actor {
  readonly kind: "app" | "agent" | "staff" | "subject" | "system";
  readonly id: Word;
  readonly roles: readonly Word[];
}

/** The actor of what the product does of itself: sweeps, redos, ends of epochs, alerts, retries. */
export const SYSTEM_ACTOR: Actor = {
  kind: "system",
  id: word("oubli"),
  roles: [word("privacy-officer")],
};

/** Who acts, for which controller. */
export interface Acting {
  readonly tenant: Word;
  readonly actor: Actor;
}
