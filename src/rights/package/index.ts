export { accessesOf, type AccessRecord } from "./accesses.ts";
export { givenNodes, type GivenNode } from "./nodes.ts";
