/** Key hierarchy, sealing, fences, epochs and root providers. Nothing here knows what is sealed. */
export { everySubject } from "./every-subject.ts";
export { KEYS_FAULT_POINTS, type Fault, type KeysFaultPoint } from "./faults.ts";
export { fileRootProvider, type FileRootOptions } from "./file-root.ts";
export { fencedKey, keyName } from "./key-names.ts";
export type * from "./key-store.ts";
export type * from "./keyring.ts";
export { makeFolderFor } from "./make-folder.ts";
export { memoryRootProvider } from "./memory-root.ts";
export { openKeyring, type KeyringOptions } from "./open-keyring.ts";
export { PADDED_BYTES_MIN, paddedBytes } from "./padding.ts";
export { rootProviderRules, type RootRule } from "./root-provider-rules.ts";
export type * from "./root-provider.ts";
export { open, seal, type Place } from "./seal.ts";
export { isVaultRoot, vaultAddress } from "./vault/address.ts";
export { vaultRootProvider, type VaultRootOptions } from "./vault/vault-root.ts";
