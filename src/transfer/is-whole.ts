import type { ErasureWorld } from "#erasure";
import type { SubjectId } from "#kernel";
import { keyName } from "#keys";
import { NODE_KINDS } from "#memory";

/** Whether a person has a key, and everything that is there of them has one, or was destroyed. */
export async function isWhole(
  { keyring, store }: Pick<ErasureWorld, "keyring" | "store">,
  subject: SubjectId,
): Promise<boolean> {
  if ((await keyring.tenantOf(subject)) === null) return false;
  const { heads } = await store.heads(subject, NODE_KINDS);
  const fences = new Set<string>((await keyring.fences(subject)).map(({ key }) => key));
  const alive = new Set((await keyring.liveRefs(subject)).map(keyName));
  return heads.every(
    (head) => alive.has(keyName(head)) || fences.has(head.node) || fences.has(keyName(head)),
  );
}
