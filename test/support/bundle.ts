/** Programs for tests that start very many processes: in one file, each starts in a third of the time. */
import { rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { build, type Plugin } from "esbuild";

/** A module goes on finding what lies beside it in the tree. */
const inPlace: Plugin = {
  name: "in-place",
  setup(bundling) {
    bundling.onLoad({ filter: /\/(src|test)\/.*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const url = JSON.stringify(pathToFileURL(path).href);
      return { contents: source.replaceAll("import.meta.url", url), loader: "ts" };
    });
  },
};

/**
 * The sources behind an entry in one file, for as long as this process lives. It is within the
 * project, so that it finds the packages, which stay outside of it.
 */
export async function bundled(entry: string): Promise<string> {
  const outfile = resolve(".cache", `${basename(entry, ".ts")}-${process.pid}.mjs`);
  process.once("exit", () => rmSync(outfile, { force: true }));
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    conditions: ["oubli-source"],
    logLevel: "error",
    plugins: [inPlace],
  });
  return outfile;
}
