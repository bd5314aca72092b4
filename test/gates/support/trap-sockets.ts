// Loaded before a program (`--import`): whatever would reach another machine, or another process by
// a socket, fails; each try is said on standard error. The program itself cannot tell.
import { Resolver } from "node:dns";
import dns from "node:dns";
import dgram from "node:dgram";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";

/** What a try is told as, so that a test can count them. */
const TRIED = "TRIED TO CONNECT:";

/** Not an arrow: some of what it stands for is called with `new`. */
function trapped(way: string) {
  return function tried(): never {
    process.stderr.write(`${TRIED} ${way}\n`);
    throw new Error("this program may not connect to anything");
  };
}

/** Replaces a function wherever it is reached from. */
function trap(owner: object, name: string, way: string): void {
  Object.defineProperty(owner, name, { value: trapped(way), writable: true, configurable: true });
}

trap(net.Socket.prototype, "connect", "net");
for (const name of ["send", "connect", "bind"]) trap(dgram.Socket.prototype, name, "dgram");
for (const owner of [dns, dns.promises, Resolver.prototype, dns.promises.Resolver.prototype]) {
  for (const name of ["lookup", "resolve", "resolve4", "resolve6", "resolveAny"]) {
    if (name in owner) trap(owner, name, "dns");
  }
}
for (const name of ["fetch", "WebSocket", "EventSource"]) trap(globalThis, name, name);
syncBuiltinESMExports();
