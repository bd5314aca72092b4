/** A quoted text, a body between dollars, a remark, the end of a statement, anything else. */
const TOKEN = /'(?:[^']|'')*'|\$(\w*)\$[\s\S]*?\$\1\$|--[^\n]*|;|[^;'$-]+|[\s\S]/g;

/**
 * The statements of a text of ours, one by one. A coordinator of a cluster sends a change of a table
 * to its nodes with the whole message that it came in, and a node takes one statement.
 */
export function statementsOf(sql: string): string[] {
  const statements: string[] = [];
  let statement = "";
  for (const [token] of sql.matchAll(TOKEN)) {
    statement += token;
    if (token !== ";") continue;
    statements.push(statement.trim());
    statement = "";
  }
  if (statement.trim() !== "") statements.push(statement.trim());
  return statements.filter((one) => one !== ";");
}
