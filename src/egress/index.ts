/** The one gate before content leaves the process, and the record of what left. */
export { inForce, unfitHost } from "./contract.ts";
export { EGRESS_GUARDS, type EgressGuard } from "./guard.ts";
export { decideEgress, type EgressDecision, type EgressRequest } from "./decide-egress.ts";
export {
  allDisclosures,
  disclosures,
  type DisclosurePage,
  type DisclosureRecord,
} from "./disclosures.ts";
export { refuseUnfitHosts } from "./hosts.ts";
export { send, type Disclosure, type DisclosedItem, type Sent } from "./send.ts";
export { standingTransfers, type Transfer, type Transfers } from "./transfers.ts";
export type { EgressWorld, Recipient } from "./world.ts";
