import "./require-node.ts";

export { openTestOubli, type TestClock } from "#engine";
