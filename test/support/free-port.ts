import { mkdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PORTS = { first: 15_000, count: 15_000 };

const kept = new Set<string>();
process.once("exit", () => {
  for (const folder of kept) rmSync(folder, { recursive: true, force: true });
});

/**
 * A port of 127.0.0.1 for a server that may be killed and started again. It lies below those that
 * systems give away, and the folder that all files of a run share keeps it for this one, so that
 * nobody takes it while the server is down.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count);
    const folder = join(tmpdir(), `oubli-port-${port}`);
    try {
      mkdirSync(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
      throw error;
    }
    kept.add(folder);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
