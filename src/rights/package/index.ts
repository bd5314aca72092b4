export { accessesOf, type AccessRecord } from "./accesses.ts";
export type { Consume } from "./archive.ts";
export type { CameFrom, PackageCall, PackageWorld } from "./given-person.ts";
export { makePackage, type MadePackage, type MadeSection } from "./make-package.ts";
export { givenNodes, type GivenNode } from "./nodes.ts";
