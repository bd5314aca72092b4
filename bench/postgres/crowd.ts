import type { Client } from "pg";

const STEP = 50_000;

/** Rows of people who are not asked about: as many and as large as one memory of each makes. */
export async function crowd(admin: Client, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += STEP) {
    const until = Math.min(to, at + STEP);
    const people = `generate_series(${at}, ${until - 1}) AS i`;
    const subject = "'sub_' || left(md5(i::text), 22)";
    const node = "'node_' || left(md5('n' || i), 22)";
    await admin.query(`
      INSERT INTO oubli_bench_memory.node (subject_id, node_id, revision, kind, category,
        categories, purposes, special, phi, created_at, updated_at, position, change, body)
      SELECT ${subject}, ${node}, 1, 'memory', 'other', '{other}', '{assistant}', false, false,
        1, 1, 0, 1, decode(repeat(md5(i::text), 20), 'hex') FROM ${people};
      INSERT INTO oubli_bench_memory.subject_change SELECT ${subject}, 1 FROM ${people};
      INSERT INTO oubli_bench_audit.subject_gate (subject_id, seq, pending)
        SELECT ${subject}, 1, 0 FROM ${people};
      INSERT INTO oubli_bench_keys.subject_key
        SELECT ${subject}, 'default', 1, 1, decode(repeat('ab', 60), 'hex'), false FROM ${people};
      INSERT INTO oubli_bench_keys.node_key
        SELECT ${subject}, ${node}, 1, 1, 1, decode(repeat('cd', 60), 'hex') FROM ${people};`);
  }
  await admin.query("VACUUM ANALYZE");
}
