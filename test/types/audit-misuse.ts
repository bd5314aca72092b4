// Compiled, never run: each line marked must not compile.
import type { AuditLog, AuditStore, Draft, LogName } from "#audit";
import type { NodeId, SubjectId, Word } from "#kernel";

declare const log: AuditLog;
declare const store: AuditStore;
declare const draft: Draft;
declare const subject: SubjectId;
declare const node: NodeId;
declare const reason: Word;
declare const text: string;
declare const name: LogName;

// Ids, numbers, words and lists of them are what an entry may hold.
log.record({ ...draft, facts: { node, reason, count: 3, nodes: [{ id: node, special: true }] } });

// @ts-expect-error a free text could be personal data
log.record({ ...draft, facts: { query: text } });

// @ts-expect-error nor may it hide in a list, or below another fact
log.record({ ...draft, facts: { nodes: [{ id: node, label: text }] } });

// @ts-expect-error a literal is no word until the code says so
log.record({ ...draft, facts: { reason: "asked" } });

// @ts-expect-error bytes are no fact: a sealed blob is kept elsewhere, its hash is a word
log.record({ ...draft, facts: { blob: new Uint8Array() } });

// @ts-expect-error an entry is of a known type, which says in which log it stands
log.record({ ...draft, t: "peek" });

// @ts-expect-error a name from outside is no subject
log.record({ ...draft, subject: "user-42" });

// @ts-expect-error a subject is not a session
log.record({ ...draft, session: subject });

// @ts-expect-error there are two logs
store.head("diary");

// @ts-expect-error the log has no way to change what it holds
store.update(name, 0, new Uint8Array());

// @ts-expect-error a gate is asked for a subject, not for a node
store.gate(node);
