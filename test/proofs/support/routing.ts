/** Reads SQL with PostgreSQL's own parser, and says which shard it is for. */
import { loadModule, parsePlPgSQLSync, parseSync } from "libpg-query";

import type { Standing } from "../../../src/store/postgres/distribution.ts";

/** What one statement is for. */
export interface Routing {
  /** The spread tables that it names. */
  readonly tables: ReadonlySet<string>;
  /** The values that their distribution columns are equal to: `$1`, or a function's argument. */
  readonly keys: ReadonlySet<string>;
  /** Spread tables that no such value constrains. */
  readonly loose: readonly string[];
}

/** Standings of all tables, by their names. */
export type Standings = Readonly<Record<string, Standing>>;

// oxlint-disable-next-line typescript/no-explicit-any -- a parser's tree, read by its names.
type Node = any;

/** Tables of one level of a query: by their alias, with what constrains their column. */
interface Relation {
  readonly table: string;
  readonly by: string;
  key: string | null;
}
type Scope = ReadonlyMap<string, Relation>;

export async function loadParser(): Promise<void> {
  await loadModule();
}

/** The functions that a migration makes, by name. */
export function functionsIn(sql: string): ReadonlyMap<string, SqlFunction> {
  const functions = new Map<string, SqlFunction>();
  for (const { stmt } of parseSync(sql).stmts as Node[]) {
    const made = stmt.CreateFunctionStmt;
    // A trigger's reads nothing but its row, and no statement calls it.
    if (!made || made.parameters === undefined) continue;
    const name: string = made.funcname.at(-1).String.sval;
    const parameters: string[] = made.parameters.map((each: Node) => each.FunctionParameter.name);
    const body: string = made.options
      .map((each: Node) => each.DefElem)
      .find((each: Node) => each.defname === "as").arg.List.items[0].String.sval;
    functions.set(name, { name, parameters, statements: statementsIn(sql, name, body) });
  }
  return functions;
}

export interface SqlFunction {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly statements: readonly string[];
}

/** Every SQL statement and expression of a PL/pgSQL body. */
function statementsIn(sql: string, name: string, body: string): string[] {
  const start = sql.lastIndexOf(`CREATE FUNCTION ${name}(`, sql.indexOf(body));
  const end = sql.indexOf("$body$", sql.indexOf(body) + body.length);
  // Its parser knows no table's row type, and no call: neither says where a row stands.
  const text = `${sql.slice(start, end)}$body$`.replace("gone directory;", "gone record;");
  const found: string[] = [];
  const visit = (node: Node): void => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (typeof node !== "object" || node === null) return;
    const { query, parseMode } = node.PLpgSQL_expr ?? {};
    if (query !== undefined) {
      found.push(parseMode === 0 ? query : `SELECT ${String(query).replace(/^\w+ := /, "")}`);
    }
    Object.values(node).forEach(visit);
  };
  visit(parsePlPgSQLSync(text));
  return found;
}

/** @param names What counts as a value beside `$1`: the arguments of the function it stands in. */
export function routingOf(
  sql: string,
  standings: Standings,
  names: ReadonlySet<string> = new Set(),
): Routing & { readonly calls: readonly { name: string; args: (string | null)[] }[] } {
  const reader = new Reader(standings, names);
  for (const { stmt } of parseSync(sql).stmts as Node[]) reader.query(stmt, [], new Set());
  return reader;
}

class Reader {
  readonly tables = new Set<string>();
  readonly keys = new Set<string>();
  readonly loose: string[] = [];
  readonly calls: { name: string; args: (string | null)[] }[] = [];
  readonly #standings: Standings;
  readonly #names: ReadonlySet<string>;

  constructor(standings: Standings, names: ReadonlySet<string>) {
    this.#standings = standings;
    this.#names = names;
  }

  /** One level: its tables, what constrains them, then everything that is nested in it. */
  query(wrapped: Node, outer: readonly Scope[], around: ReadonlySet<string>): void {
    const [kind, node] = Object.entries(wrapped)[0] as [string, Node];
    const made = [...around];
    for (const { CommonTableExpr: each } of node.withClause?.ctes ?? []) made.push(each.ctename);
    const ctes = new Set(made);
    for (const { CommonTableExpr: each } of node.withClause?.ctes ?? []) {
      this.query(each.ctequery, outer, ctes);
    }
    for (const arm of [node.larg, node.rarg]) {
      if (arm) this.query({ SelectStmt: arm }, outer, ctes);
    }
    const scope = new Map<string, Relation>();
    const conditions: Node[] = [];
    if (kind === "UpdateStmt" || kind === "DeleteStmt") this.#relate(node.relation, scope, ctes);
    for (const from of [...(node.fromClause ?? []), ...(node.usingClause ?? [])]) {
      this.#from(from, scope, conditions, outer, ctes);
    }
    if (node.whereClause) conditions.push(node.whereClause);
    this.#constrain(scope, conditions.flatMap(conjuncts), outer);
    const scopes = [scope, ...outer];
    this.#nested(
      { ...node, withClause: null, larg: null, rarg: null, fromClause: null },
      scopes,
      ctes,
    );
    for (const { key, table } of scope.values()) {
      if (key === null) this.loose.push(table);
      else this.keys.add(key);
    }
    if (kind === "InsertStmt") this.#insert(node, outer, ctes);
  }

  #relate(range: Node, scope: Map<string, Relation>, ctes: ReadonlySet<string>): void {
    const table: string = range.relname;
    const standing = this.#standings[table];
    if (ctes.has(table) || standing === undefined || standing === "copied") return;
    this.tables.add(table);
    scope.set(range.alias?.aliasname ?? table, { table, by: standing.by, key: null });
  }

  #from(
    item: Node,
    scope: Map<string, Relation>,
    conditions: Node[],
    outer: readonly Scope[],
    ctes: ReadonlySet<string>,
  ): void {
    if (item.RangeVar) return this.#relate(item.RangeVar, scope, ctes);
    if (item.JoinExpr) {
      this.#from(item.JoinExpr.larg, scope, conditions, outer, ctes);
      this.#from(item.JoinExpr.rarg, scope, conditions, outer, ctes);
      if (item.JoinExpr.quals) conditions.push(item.JoinExpr.quals);
      return;
    }
    if (item.RangeSubselect)
      return this.query(item.RangeSubselect.subquery, [scope, ...outer], ctes);
    this.#nested(item, [scope, ...outer], ctes);
  }

  /** A column that is equal to a value, or to a column that is, through any number of tables. */
  #constrain(scope: Scope, conditions: readonly Node[], outer: readonly Scope[]): void {
    const equal = conditions.flatMap((one) => {
      const { kind, name, lexpr, rexpr } = one.A_Expr ?? {};
      return kind === "AEXPR_OP" && name[0].String.sval === "=" ? [[lexpr, rexpr]] : [];
    });
    for (let moved = true; moved;) {
      moved = false;
      for (const [left, right] of equal.flatMap(([a, b]) => [
        [a, b],
        [b, a],
      ])) {
        const relation = relationOf(left, [scope]);
        const key = this.#value(right, [scope, ...outer]);
        if (relation === null || relation.key !== null || key === null) continue;
        relation.key = key;
        moved = true;
      }
    }
  }

  #value(node: Node, scopes: readonly Scope[]): string | null {
    if (node?.TypeCast) return this.#value(node.TypeCast.arg, scopes);
    if (node?.ParamRef) return `$${node.ParamRef.number}`;
    const relation = relationOf(node, scopes);
    if (relation) return relation.key;
    const name = node?.ColumnRef?.fields.map((each: Node) => each.String?.sval).join(".");
    return name !== undefined && this.#names.has(name) ? name : null;
  }

  /** Where the new rows' column comes from, in each of them. */
  #insert(node: Node, outer: readonly Scope[], ctes: ReadonlySet<string>): void {
    const standing = this.#standings[node.relation.relname];
    if (standing === undefined || standing === "copied") return;
    this.tables.add(node.relation.relname);
    const columns: string[] = (node.cols ?? []).map((each: Node) => each.ResTarget.name);
    // The distribution column is the first one of every table.
    const at = columns.length === 0 ? 0 : columns.indexOf(standing.by);
    const select = node.selectStmt.SelectStmt;
    const scope = new Map<string, Relation>();
    const conditions: Node[] = select.whereClause ? [select.whereClause] : [];
    const silent = new Reader(this.#standings, this.#names);
    for (const from of select.fromClause ?? []) silent.#from(from, scope, conditions, outer, ctes);
    silent.#constrain(scope, conditions.flatMap(conjuncts), outer);
    const rows = select.valuesLists
      ? select.valuesLists.map((row: Node) => row.List.items[at])
      : [select.targetList[at].ResTarget.val];
    for (const value of rows) {
      const key = this.#value(value, [scope, ...outer]);
      if (key === null) this.loose.push(node.relation.relname);
      else this.keys.add(key);
    }
  }

  /** Sub-queries and calls, wherever they stand. */
  #nested(node: Node, scopes: readonly Scope[], ctes: ReadonlySet<string>): void {
    if (Array.isArray(node)) return node.forEach((one) => this.#nested(one, scopes, ctes));
    if (typeof node !== "object" || node === null) return;
    if (node.SelectStmt) return this.query(node, scopes, ctes);
    if (node.FuncCall) {
      const name: string = node.FuncCall.funcname.at(-1).String.sval;
      const args = (node.FuncCall.args ?? []).map((arg: Node) => this.#value(arg, scopes));
      this.calls.push({ name, args });
    }
    for (const [name, each] of Object.entries(node)) {
      if (name !== "usingClause") this.#nested(each, scopes, ctes);
    }
  }
}

function conjuncts(condition: Node): Node[] {
  const { boolop, args } = condition.BoolExpr ?? {};
  return boolop === "AND_EXPR" ? args.flatMap(conjuncts) : [condition];
}

/** The table whose distribution column this is, the nearest first. */
function relationOf(node: Node, scopes: readonly Scope[]): Relation | null {
  const fields: string[] = node?.ColumnRef?.fields.map((each: Node) => each.String?.sval) ?? [];
  const [first, second] = fields;
  for (const scope of scopes) {
    if (fields.length === 2) {
      const relation = scope.get(first!);
      if (relation) return relation.by === second ? relation : null;
    } else if (fields.length === 1) {
      const those = [...scope.values()].filter(({ by }) => by === first);
      if (those.length > 0) return those[0]!;
    }
  }
  return null;
}
