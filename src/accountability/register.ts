import { inForce } from "#egress";
import type { EpochMs } from "#kernel";
import { HOST_KINDS, type Contract, type HostKind, type Policy, type Processor } from "#policy";

/** A contract, and whether it is in force. */
export interface ContractState extends Contract {
  readonly state: "in-force" | "not-in-force";
}

/** Whoever receives content, with what it may have. */
export interface RegisteredProcessor extends Omit<Processor, "dpa" | "baa"> {
  readonly processor: string;
  readonly dpa: ContractState;
  readonly baa: ContractState | null;
  /** What it keeps of which region. */
  readonly hosts: readonly { readonly region: string; readonly host: HostKind }[];
}

/**
 * Everybody who receives content, by name.
 *
 * @source GDPR Art. 28(3), 30(1)(d) · 45 CFR 164.504(e)
 */
export function processorRegister(policy: Policy, at: EpochMs): readonly RegisteredProcessor[] {
  const named = Object.entries(policy.processors ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return named.map(([processor, { dpa, baa, ...facts }]) => ({
    processor,
    ...facts,
    dpa: stateOf(dpa, at),
    baa: baa && stateOf(baa, at),
    hosts: hostedBy(policy, processor),
  }));
}

function stateOf(contract: Contract, at: EpochMs): ContractState {
  return { ...contract, state: inForce(contract, at) ? "in-force" : "not-in-force" };
}

function hostedBy({ regions }: Policy, processor: string): RegisteredProcessor["hosts"] {
  return Object.entries(regions).flatMap(([region, { hosts = {} }]) =>
    HOST_KINDS.filter((host) => (hosts[host] as string | undefined) === processor).map((host) => ({
      region,
      host,
    })),
  );
}
