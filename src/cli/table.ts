/** Rows in columns as wide as their widest cell; the last one is not filled up. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, at) =>
    Math.max(...rows.map((row) => width(row[at] ?? ""))),
  );
  return rows.map((row) =>
    row
      .map((cell, at) =>
        at === row.length - 1 ? cell : cell + " ".repeat(widths[at]! - width(cell)),
      )
      .join("  ")
      .trimEnd(),
  );
}

/** Without the codes that style it. */
function width(text: string): number {
  // oxlint-disable-next-line no-control-regex
  return [...text.replaceAll(/\u001b\[[0-9;]*m/g, "")].length;
}

export function memories(number: number): string {
  return count(number, "memory", "memories");
}

export function entries(number: number): string {
  return count(number, "entry", "entries");
}

/** `1 file`, `2 files`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

/** A text of any length and shape on one line. */
export function oneLine(text: string, longest = 96): string {
  const flat = text.replaceAll(/[\s\p{Cc}\u2028\u2029]+/gu, " ").trim();
  const letters = [...flat];
  return letters.length <= longest ? flat : `${letters.slice(0, longest - 1).join("")}…`;
}

export function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
