/** What people may ask for, and how they are answered. */
export * from "./package/index.ts";
