/** A limit on everything: what is unbounded is, one day, an outage or a leak. */
export const LIMITS = {
  /** One memory's content, in UTF-8 bytes. */
  contentBytesMax: 1024 * 1024,
  /** One memory's metadata, as canonical JSON bytes. */
  metadataBytesMax: 16 * 1024,
  /** Memories in one `remember`. */
  rememberNodesMax: 1000,
  /** Purposes that one memory is stored for. They stand in its audit entry. */
  purposesMax: 64,
  /** Roles of one actor. They stand in every audit entry. */
  actorRolesMax: 32,
  /** An application's own name for a person, in UTF-8 bytes. */
  externalIdBytesMax: 512,
  /** A recall's question, in UTF-8 bytes. */
  queryBytesMax: 64 * 1024,
  /** Nodes that one recall returns. More never helps a model, and makes any leak larger. */
  recallNodesMax: 100,
  /** Nodes on one page of `list`. */
  pageNodesMax: 1000,
  /** Node ids in one `forget`. */
  forgetNodesMax: 10_000,
  /** Memories of one person. */
  subjectNodesMax: 1_000_000,
  /** An audit entry (tlog-tiles bundles count lengths in 16 bits). */
  entryBytesMax: 65_535,
  /** Entries that wait for the audit log before new ones are turned away. */
  auditQueueMax: 10_000,
  /** How often a recall starts again when an act changed the subject under it. */
  recallTriesMax: 3,
} as const;
