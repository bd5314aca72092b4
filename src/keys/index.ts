/** Key hierarchy, sealing, fences, epochs and root providers. Nothing here knows what is sealed. */
export { fencedKey, keyName } from "./key-names.ts";
export type * from "./key-store.ts";
export type * from "./keyring.ts";
export { PADDED_BYTES_MIN, paddedBytes } from "./padding.ts";
export type * from "./root-provider.ts";
export { open, seal, type Place } from "./seal.ts";
