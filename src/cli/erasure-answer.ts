import { resolve } from "node:path";

import type { Certificate } from "#erasure";

import { writeErasure } from "./certificate-files.ts";
import { EXIT, type Answer, type Cli } from "./command.ts";
import { memories } from "./table.ts";

/** Says what an erasure did, names its certificate, and writes its files where they are wanted. */
export async function erasureAnswer(
  { folder }: Cli,
  certificate: Certificate,
  to: string | undefined,
): Promise<Answer> {
  const files = to === undefined ? [] : await writeErasure(resolve(folder, to), certificate);
  const { nodes, held } = scopeOf(certificate);
  const { erasure, stage, entry, verifierKey, targets } = certificate;
  const waits = held > 0 || targets?.complete === false;
  return {
    json: {
      status: waits ? "waiting" : "done",
      erased: nodes,
      held,
      ...jsonOf(certificate),
      ...(targets === undefined ? {} : { targets: targetsJson(targets) }),
      files,
    },
    text: [
      `Erased ${memories(nodes)}: no process can open them any more.`,
      ...(held > 0 ? [`A hold keeps ${memories(held)}; they wait for it.`] : []),
      ...targetsText(targets),
      `Certificate ${erasure}, stage ${stage}, of ${String(entry.subject)}.`,
      ...(files.length > 0 ? [`Written: ${files.join(", ")}. Its key: ${verifierKey}`] : []),
      "Final in every backup with the next: oubli keys rotate",
    ],
    exit: waits ? EXIT.waiting : EXIT.done,
  };
}

/** Each other system as it answered. */
function targetsText(targets: Certificate["targets"]): readonly string[] {
  if (targets === undefined) return [];
  const lines = targets.targets.map(({ target, success, recordsDeleted, error }) =>
    success ? `${target}: ${recordsDeleted} records.` : `${target}: not yet, ${error}.`,
  );
  return targets.complete ? lines : [...lines, `What is not done is tried again: ${targets.case}`];
}

function targetsJson({ certificate, ...report }: NonNullable<Certificate["targets"]>) {
  return { ...report, certificate: certificate && (JSON.parse(certificate.json) as unknown) };
}

export function scopeOf({ entry }: Pick<Certificate, "entry">): { nodes: number; held: number } {
  return entry["scope"] as { nodes: number; held: number };
}

/** A certificate without its bytes: what a script needs to find it again. */
export function jsonOf({ erasure, stage, entry, json, verifierKey }: Certificate) {
  return {
    erasure,
    stage,
    subject: entry.subject,
    verifierKey,
    certificate: JSON.parse(json) as unknown,
  };
}
