/** Key hierarchy, sealing, fences, epochs and root providers. Nothing here knows what is sealed. */
export type * from "./key-store.ts";
export type * from "./keyring.ts";
export type * from "./root-provider.ts";
