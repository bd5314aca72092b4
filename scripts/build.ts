/** Builds `dist` from `src`: JavaScript and types, without tests. */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, globSync, rmSync } from "node:fs";

rmSync("dist", { recursive: true, force: true });
const { status } = spawnSync("tsc", ["-p", "tsconfig.build.json"], { stdio: "inherit" });
if (status !== 0) process.exit(status ?? 1);
for (const file of globSync("src/**/*.{jsonl,json}")) cpSync(file, file.replace(/^src/, "dist"));
if (existsSync("dist/cli/main.js")) chmodSync("dist/cli/main.js", 0o755);
