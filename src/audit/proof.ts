import { base64 } from "#kernel";

import type { Checkpoints, Readers } from "./checkpoints.ts";
import type { LogName } from "./log-names.ts";
import { inclusionProof } from "./merkle.ts";

/**
 * A proof, in a format that tools of others read, that the log held an entry when it was signed.
 *
 * @source c2sp.org/tlog-proof (index, hashes, blank line, checkpoint)
 */
export async function proveEntry(
  readers: Readers,
  checkpoints: Checkpoints,
  { log, index }: { readonly log: LogName; readonly index: number },
): Promise<string> {
  const { size, note } = await checkpoints.covering(log, index + 1);
  const path = await inclusionProof(readers(log), index, size);
  const hashes = path.map((hash) => `${base64(hash)}\n`).join("");
  return `c2sp.org/tlog-proof@v1\nindex ${index}\n${hashes}\n${note}`;
}
