/** Builds `dist` from `src`: JavaScript and types, without tests. */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, globSync, mkdirSync, renameSync, rmSync } from "node:fs";

// Aside, and then in its place at once: whoever uses the old one meanwhile finds a whole one.
const made = `.cache/dist-${process.pid}`;
mkdirSync(".cache", { recursive: true });
const { status } = spawnSync("tsc", ["-p", "tsconfig.build.json", "--outDir", made], {
  stdio: "inherit",
});
if (status !== 0) process.exit(status ?? 1);
for (const file of globSync("src/**/*.{jsonl,json}")) cpSync(file, file.replace(/^src/, made));
if (existsSync(`${made}/cli/main.js`)) chmodSync(`${made}/cli/main.js`, 0o755);
if (existsSync("dist")) renameSync("dist", `${made}-old`);
renameSync(made, "dist");
rmSync(`${made}-old`, { recursive: true, force: true });
