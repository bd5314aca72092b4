const LOOPBACK: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "::1", "[::1]"]);

/** Whether a host is this machine: nothing on the way can read what is sent in the clear. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host);
}
