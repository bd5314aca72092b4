import type { KeyStore } from "#keys";

import { openDatabase, type PostgresPlace } from "./database.ts";
import { keyCases } from "./key-case-statements.ts";
import { keyDirectory } from "./key-directory-statements.ts";
import { keyEpochs } from "./key-epoch-statements.ts";
import { keyNodes } from "./key-node-statements.ts";
import { keySchema } from "./key-schema.ts";
import { keyShreds } from "./key-shred-statements.ts";
import { keySubjects } from "./key-subject-statements.ts";
import { keyEvidence, keyTags } from "./key-tag-statements.ts";
import { schemaName } from "./schema.ts";

/**
 * The keys database of one region in one PostgreSQL schema. Each method is one transaction and one
 * round trip.
 *
 * Limits: a deleted key's bytes stay in its page until VACUUM has been there and something is
 * written over them, and in the server's own log until that file is used again. The application's
 * role can do neither. They open with the subject's old key and the epoch's root key alone, so the
 * epoch's end is what destroys them: a scrub before it is always deferred.
 */
export async function openKeyStore(place: PostgresPlace): Promise<KeyStore> {
  const database = await openDatabase({ ...place, schema: keySchema });
  return {
    ...keyEpochs(database, schemaName(place.region, keySchema)),
    ...keyDirectory(database),
    ...keySubjects(database),
    ...keyNodes(database),
    ...keyShreds(database),
    ...keyTags(database),
    ...keyEvidence(database),
    ...keyCases(database),
    scrub: async () => "deferred",
    close: () => database.close(),
  };
}
