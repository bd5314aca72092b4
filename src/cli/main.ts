#!/usr/bin/env node
// No static import here: an older Node must meet this sentence, not a loader's stack.
const NODE_MIN = 24;

if (Number(process.versions.node.split(".")[0]) < NODE_MIN) {
  const found = process.versions.node;
  process.stderr.write(`Oubli needs Node ${NODE_MIN} or newer; this is Node ${found}.\n`);
  process.exitCode = 1;
} else {
  const { runHere } = await import("./run-here.ts");
  await runHere();
}

export {};
