import type { Certificate } from "#erasure";
import { OubliError, type Word } from "#kernel";
import { admit, type Caller } from "#memory";
import type { CategoryId, TransferMechanism } from "#policy";
import { leavingOf, transfer, undo, type Authorisation } from "#transfer";

import { check, configured, inputError, shapes } from "./input/index.ts";
import { logged } from "./logged-refusal.ts";
import { peerOf } from "./regions/peers.ts";
import { openSubject, type Subject } from "./subject.ts";
import type { EngineWorld } from "./world.ts";

/** Where a person is to go, and by whose leave. @source GDPR Art. 44–49 */
export interface TransferOptions {
  /** Another region of the configuration. */
  readonly to: string;
  readonly authorisation: {
    readonly mechanism: TransferMechanism;
    /** Where it is filed: listed in `codes.documents`, or of a configured transfer. */
    readonly document: string;
    /** The id of the member of staff who reviewed it. */
    readonly approver: string;
    readonly expires: Date | number;
    /** What it is for; it has to cover all that the person has. Default: everything. */
    readonly categories?: readonly CategoryId[];
  };
}

export interface TransferDone {
  /** The person in their new region, under a new id. */
  readonly subject: Subject;
  /** That nothing is left where they were. Signed there; it names the authorisation. */
  readonly certificate: Certificate;
}

export interface TransferFace {
  /**
   * Moves the person to another region: sealed anew under its keys, then erased here. For the
   * privacy officer. What an outage interrupts goes on by itself; the same call goes on with it too.
   *
   * Meanwhile the person answers `CONFLICT`; afterwards this id answers `SUBJECT_ERASED`.
   *
   * @throws {OubliError} `TRANSFER_REFUSED`, `HELD`, `CONFLICT`, `REGION_UNAVAILABLE`.
   */
  transfer(input: TransferOptions): Promise<TransferDone>;
  /**
   * Undoes a transfer that has not arrived: what was copied is erased, and the person stays.
   *
   * @throws {OubliError} `NOT_FOUND` where none is under way; `CONFLICT` once they have arrived.
   */
  cancelTransfer(): Promise<void>;
}

export function transferFace(world: EngineWorld, caller: Caller): TransferFace {
  return {
    async transfer(input) {
      const { to: name, authorisation: given } = check(shapes.transfer, input, "transfer");
      const authorisation = authorisationOf(world, given);
      const to = peerOf(world.peers, world, name);
      const regions = { from: world, to };
      const { subject, certificate } = await logged(world, caller, "transfer", () =>
        transfer(regions, { caller, authorisation }),
      );
      return { subject: openSubject(to as EngineWorld, { ...caller, subject }), certificate };
    },
    async cancelTransfer() {
      await admit(world, { verb: "transfer", caller, purpose: null, session: null });
      await logged(world, caller, "transfer", async () => {
        const plan = await leavingOf(world, caller.subject);
        if (plan === null) throw new OubliError("NOT_FOUND");
        await undo({ from: world, to: peerOf(world.peers, world, plan.to) }, plan, caller);
      });
    },
  };
}

type Given = ReturnType<typeof check<typeof shapes.transfer>>["authorisation"];

function authorisationOf(world: EngineWorld, given: Given): Authorisation {
  const path = ["transfer", "authorisation"];
  const { mechanism, document, approver, expires, categories } = given;
  if (expires <= world.clock.now()) {
    throw inputError([...path, "expires"], expires, "later than now");
  }
  return {
    mechanism,
    document: configured(world, "documents", { given: document, path: [...path, "document"] }),
    approver: approver as Word,
    expires,
    scope: (categories as readonly string[] | undefined as Authorisation["scope"]) ?? null,
  };
}
