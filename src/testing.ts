import "./require-node.ts";

export { openTestOubli, type TestClock } from "#engine";
export { sourceRules, type SourceGround, type SourceRule } from "#sources";
