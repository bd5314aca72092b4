/** Nodes, sessions' calls, the working set; remember, recall, read, derive, link. */
export {
  admit,
  admitUnseen,
  checkOf,
  draft,
  untilUnmoved,
  type Admission,
  type Ask,
} from "./admission.ts";
export { openRow, sealBody, sealVector, type BodyPlace } from "./body.ts";
export { contextBlock, tokensOf } from "./context-block.ts";
export { derive, type DeriveCall, type Deriver, type PlacedDeriver } from "./derive.ts";
export { disclose, type DiscloseCall, type Disclosed } from "./disclose.ts";
export { embed, itemOf } from "./embed.ts";
export { checkedEmbedder, type Embedder } from "./embedder.ts";
export { createFactsReader, type FactsReader, type KnownFacts } from "./facts.ts";
export { INVENTORY_ROWS_MAX, type InventoryRow } from "./inventory.ts";
export { keepBlock, type BlockCall, type KeptBlock } from "./keep-block.ts";
export { link, neighbours, type LinkCall, type Neighbour } from "./links.ts";
export type * from "./memory-store.ts";
export * from "./node.ts";
export { asTold } from "./order.ts";
export { get, list, readAllowed, type ListCall, type ListPage, type ReadCall } from "./read.ts";
export {
  nodeFacts,
  plannedNodes,
  recall,
  recalled,
  type RecallCall,
  type RecalledNode,
  type Recollection,
  type Why,
} from "./recall.ts";
export {
  remember,
  type NewMemory,
  type RememberCall,
  type Remembered,
  type WriteVerb,
} from "./remember.ts";
export { addRemoved, NOTHING_REMOVED, type Removed } from "./removed.ts";
export { createTurns, type Turns } from "./turns.ts";
export { createWorkingSets, RANKED_KINDS, type WorkingSets } from "./working-sets.ts";
export type { Caller, MemoryWorld } from "./world.ts";
