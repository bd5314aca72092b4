/** One figure, with the limit that it is held to. */
export interface Row {
  readonly what: string;
  readonly ms?: number;
  /** In bare durable commits, or against another figure of the same run. */
  readonly ratio?: number;
  readonly limit?: number;
  readonly limitMs?: number;
  readonly rate?: number;
  readonly limitRate?: number;
}

export function table(rows: readonly Row[]): string {
  const body = rows.map((row) => {
    const held = holds(row) ? "held" : "**missed**";
    return `| ${row.what} | ${absolute(row)} | ${relative(row)} | ${wanted(row)} | ${held} |`;
  });
  return ["| what | measured | ratio | limit | |", "|---|---|---|---|---|", ...body].join("\n");
}

export function holds({ ms, ratio, limit, limitMs, rate, limitRate }: Row): boolean {
  if (limit !== undefined && !(ratio! <= limit)) return false;
  if (limitMs !== undefined && !(ms! <= limitMs)) return false;
  return limitRate === undefined || rate! >= limitRate;
}

function absolute({ ms, rate }: Row): string {
  if (rate !== undefined) return `${Math.round(rate).toLocaleString("en")} /s`;
  return `${ms!.toFixed(2)} ms`;
}

const relative = ({ ratio }: Row): string => (ratio === undefined ? "" : `${ratio.toFixed(2)} ×`);

function wanted({ limit, limitMs, limitRate }: Row): string {
  if (limit !== undefined) return `≤ ${limit} ×`;
  return limitMs === undefined ? `≥ ${limitRate!.toLocaleString("en")} /s` : `≤ ${limitMs} ms`;
}
