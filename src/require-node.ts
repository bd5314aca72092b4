/** The oldest Node that has what the stores rest on. */
const NODE_MIN = 24;

const found = Number(process.versions.node.split(".")[0]);
if (found < NODE_MIN) {
  throw new Error(`Oubli needs Node ${NODE_MIN} or newer; this is Node ${process.versions.node}.`);
}
