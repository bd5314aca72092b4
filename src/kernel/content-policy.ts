import { createHash } from "node:crypto";

/** For a page that stands alone: nothing runs, loads or is sent but its one style, by its hash. */
export function contentPolicy(style: string): string {
  return [
    "default-src 'none'",
    `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}
