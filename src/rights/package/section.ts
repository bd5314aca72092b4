import type { Json, Word } from "#kernel";
import type { z } from "zod";

import type { Archive } from "./archive.ts";
import { add } from "./given-person.ts";
import { linkedData } from "./portable.ts";
import { count, page, type Shell } from "./report/page.ts";
import { html, NOTHING, type Html } from "./report/html.ts";
import { schemaText } from "./shapes.ts";
import type { Withheld } from "./withhold.ts";

/** One list of a package: as JSON Lines for machines, as pages for people. */
export interface Section<Row extends object> {
  /** Of its files: our own word. */
  readonly name: string;
  readonly title: string;
  /** One sentence for the reader. */
  readonly about: string;
  readonly shape: z.ZodType<Row>;
  readonly rows: AsyncIterable<readonly Row[]>;
  show(row: Row): Html;
  /** What stands around the rows of a page: the head of a table. */
  frame?(rows: readonly Html[]): Html;
  withheld?(row: Row): readonly Withheld[];
  /** The record as it may be given to another controller; `null`: it is not part of that. */
  portable?(row: Row): Json | null;
  /**
   * Of a system that may be down: the code under which the package goes on without it; `null`: it
   * is our own failure, and there is no package.
   */
  failedAs?(error: unknown): Word | null;
}

/** What became of a section. */
export interface Written {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly records: number;
  /** How many pages and files it has: `report/<name>-0001.html`, `data/<name>/0001.jsonl`. */
  readonly parts: number;
  /** `null`: all of it is there. */
  readonly failed: Word | null;
  /** How much was withheld, by reason. */
  readonly withheld: ReadonlyMap<string, number>;
  readonly portableParts: number;
}

/** What one page shows, and one file holds: a browser opens it at once. */
const PART_ROWS = 500;
const PART_LENGTH = 4 * 1024 * 1024;

/**
 * Writes a section part by part. Every record passes its strict schema first: a field that is not
 * declared never leaves.
 *
 * @throws whatever our own store throws; a foreign system's failure is part of what it answers.
 */
export async function writeSection<Row extends object>(
  archive: Archive,
  section: Section<Row>,
  shell: Shell,
): Promise<Written> {
  const withheld = new Map<string, number>();
  let [records, parts, portableParts] = [0, 0, 0];
  let failed: Word | null = null;
  try {
    for await (const part of partsOf(section)) {
      parts += 1;
      const file = String(parts).padStart(4, "0");
      await archive.add(`data/${section.name}/${file}.jsonl`, part.lines);
      const shown = pageOf(section, shell, { ...part, at: parts, before: records });
      await archive.add(`report/${section.name}-${file}.html`, [shown]);
      portableParts += await addPortable(archive, section, part.rows, file);
      records += part.rows.length;
      const reasons = part.rows.flatMap((row) => section.withheld?.(row) ?? []);
      add(
        withheld,
        reasons.map(({ reason }) => reason),
      );
    }
  } catch (error) {
    failed = section.failedAs?.(error) ?? null;
    if (failed === null) throw error;
  }
  if (parts > 0) {
    const schema = schemaText(section.shape, section.title);
    await archive.add(`schemas/${section.name}.schema.json`, [schema]);
  }
  const { name, title, about } = section;
  return { name, title, about, records, parts, failed, withheld, portableParts };
}

interface Part<Row> {
  readonly rows: readonly Row[];
  readonly lines: readonly string[];
  readonly last: boolean;
}

/** One part is held back, so that each knows whether another follows. */
async function* partsOf<Row extends object>({
  rows,
  shape,
}: Section<Row>): AsyncGenerator<Part<Row>> {
  let part: { rows: Row[]; lines: string[]; length: number } = { rows: [], lines: [], length: 0 };
  let full: Part<Row> | null = null;
  let thrown: { readonly error: unknown } | null = null;
  try {
    for await (const batch of rows) {
      for (const row of batch) {
        if (part.rows.length === PART_ROWS || part.length >= PART_LENGTH) {
          if (full) yield full;
          full = { rows: part.rows, lines: part.lines, last: false };
          part = { rows: [], lines: [], length: 0 };
        }
        const line = `${JSON.stringify(shape.parse(row))}\n`;
        part.rows.push(row);
        part.lines.push(line);
        part.length += line.length;
      }
    }
  } catch (error) {
    thrown = { error };
  }
  if (full) yield full;
  if (part.rows.length > 0) yield { rows: part.rows, lines: part.lines, last: true };
  if (thrown) throw thrown.error;
}

function pageOf<Row extends object>(
  { name, title, about, show, frame }: Section<Row>,
  shell: Shell,
  { rows, last, at, before }: Part<Row> & { readonly at: number; readonly before: number },
): string {
  const link = (part: number): string => `${name}-${String(part).padStart(4, "0")}.html`;
  const whole = at === 1 && last;
  const range = whole
    ? count(rows.length, "record")
    : `${n(before + 1)} to ${n(before + rows.length)}, page ${n(at)}`;
  const nav = (label: string): Html =>
    html`<nav class="pages" aria-label="${label}">
      <a href="../index.html">Contents</a>${
        at > 1 ? html`<a rel="prev" href="${link(at - 1)}">← Earlier page</a>` : NOTHING
      }${last ? NOTHING : html`<a class="next" rel="next" href="${link(at + 1)}">Next page →</a>`}
    </nav>`;
  const body = html`<h1>${title}</h1>
    <p class="lead">${about}</p>
    <p class="soft">${range}</p>
    ${frame ? frame(rows.map(show)) : rows.map(show)} ${whole ? NOTHING : nav("Pages, again")}`;
  return page(shell, { title: whole ? title : `${title}, page ${at}`, nav: nav("Pages"), body });
}

function n(number: number): string {
  return number.toLocaleString("en-GB");
}

async function addPortable<Row extends object>(
  archive: Archive,
  { portable, name }: Section<Row>,
  rows: readonly Row[],
  file: string,
): Promise<number> {
  const graph = portable ? rows.map(portable).filter((each) => each !== null) : [];
  if (graph.length === 0) return 0;
  await archive.add(`portable/${name}-${file}.jsonld`, linkedData(graph));
  return 1;
}
