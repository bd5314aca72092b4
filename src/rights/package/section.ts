import { html, NO_HTML, type Html, type Json, type Word } from "#kernel";
import type { z } from "zod";

import type { Archive } from "./archive.ts";
import { add } from "./given-person.ts";
import { linkedData } from "./portable.ts";
import { count, page, type Shell } from "./report/page.ts";
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
      const page = pageOf(section, shell, { ...part, at: parts, before: records });
      await archive.add(`report/${section.name}-${file}.html`, [page]);
      if (part.portable.length > 0) {
        const graph = linkedData(part.portable);
        await archive.add(`portable/${section.name}-${file}.jsonld`, graph);
        portableParts += 1;
      }
      records += part.lines.length;
      add(withheld, part.reasons);
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

/** Texts alone: of a record nothing else stays while its part is gathered. */
interface Part {
  readonly lines: readonly string[];
  readonly shown: readonly Html[];
  readonly portable: readonly string[];
  /** Why something in it is withheld, once for each time. */
  readonly reasons: readonly string[];
  readonly last: boolean;
}

async function* partsOf<Row extends object>(section: Section<Row>): AsyncGenerator<Part> {
  let part = newPart();
  let thrown: { readonly error: unknown } | null = null;
  try {
    for await (const batch of section.rows) {
      for (const row of batch) {
        // With one more to come: so each part knows whether another follows.
        if (part.lines.length === PART_ROWS || part.length >= PART_LENGTH) {
          yield { ...part, last: false };
          part = newPart();
        }
        put(part, section, row);
      }
    }
  } catch (error) {
    thrown = { error };
  }
  if (part.lines.length > 0) yield { ...part, last: true };
  if (thrown) throw thrown.error;
}

const newPart = () => ({
  lines: [] as string[],
  shown: [] as Html[],
  portable: [] as string[],
  reasons: [] as string[],
  length: 0,
});

function put<Row extends object>(
  part: ReturnType<typeof newPart>,
  { shape, show, portable, withheld }: Section<Row>,
  row: Row,
): void {
  const line = `${JSON.stringify(shape.parse(row))}\n`;
  const shown = show(row);
  const carried = portable?.(row) ?? null;
  part.lines.push(line);
  part.shown.push(shown);
  part.length += line.length + shown.markup.length;
  if (carried !== null) part.portable.push(JSON.stringify(carried));
  for (const { reason } of withheld?.(row) ?? []) part.reasons.push(reason);
}

function pageOf<Row extends object>(
  { name, title, about, frame }: Section<Row>,
  shell: Shell,
  { shown, last, at, before }: Part & { readonly at: number; readonly before: number },
): string {
  const link = (part: number): string => `${name}-${String(part).padStart(4, "0")}.html`;
  const whole = at === 1 && last;
  const range = whole
    ? count(shown.length, "record")
    : `${n(before + 1)} to ${n(before + shown.length)}, page ${n(at)}`;
  const nav = (label: string): Html =>
    html`<nav class="pages" aria-label="${label}">
      <a href="../index.html">Contents</a>${
        at > 1 ? html`<a rel="prev" href="${link(at - 1)}">← Earlier page</a>` : NO_HTML
      }${last ? NO_HTML : html`<a class="next" rel="next" href="${link(at + 1)}">Next page →</a>`}
    </nav>`;
  const body = html`<h1>${title}</h1>
    <p class="lead">${about}</p>
    <p class="soft">${range}</p>
    ${frame ? frame(shown) : shown} ${whole ? NO_HTML : nav("Pages, again")}`;
  return page(shell, { title: whole ? title : `${title}, page ${at}`, nav: nav("Pages"), body });
}

function n(number: number): string {
  return number.toLocaleString("en-GB");
}
