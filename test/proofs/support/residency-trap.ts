import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";

interface Written {
  _write(chunk: Buffer | string, encoding: BufferEncoding, done: () => void): void;
  _writev(chunks: readonly Chunk[], done: () => void): void;
  connect(...given: unknown[]): unknown;
}

interface Chunk {
  readonly chunk: Buffer | string;
  readonly encoding: BufferEncoding;
}

/**
 * Keeps what this process writes to each socket that it connects: `<folder>/<port>/<pid>-<n>`.
 * Written at once, so that a process which is killed leaves all that it sent.
 */
export function trapSockets(folder: string): Disposable {
  const files = new WeakMap<object, number>();
  const real = net.Socket.prototype as unknown as Written;
  const { _write, _writev, connect } = real;
  let sockets = 0;

  const keep = (socket: object, { chunk, encoding }: Chunk): void => {
    const file = files.get(socket);
    if (file === undefined) return;
    writeSync(file, typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk);
  };
  real.connect = function (this: net.Socket, ...given) {
    const to = join(folder, portOf(given));
    mkdirSync(to, { recursive: true });
    const file = openSync(join(to, `${process.pid}-${(sockets += 1)}`), "w");
    files.set(this, file);
    this.once("close", () => {
      files.delete(this);
      closeSync(file);
    });
    return connect.apply(this, given);
  };
  real._write = function (this: net.Socket & Written, chunk, encoding, done) {
    keep(this, { chunk, encoding });
    _write.call(this, chunk, encoding, done);
  };
  real._writev = function (this: net.Socket & Written, chunks, done) {
    for (const one of chunks) keep(this, one);
    _writev.call(this, chunks, done);
  };
  return { [Symbol.dispose]: () => void Object.assign(real, { _write, _writev, connect }) };
}

/** `connect(port)`, `connect({ port })`, and what `net.connect` makes of either: `connect([…])`. */
function portOf([first]: readonly unknown[]): string {
  const given: unknown = Array.isArray(first) ? first[0] : first;
  const port = typeof given === "object" ? (given as { port?: unknown } | null)?.port : given;
  return String(port ?? "unknown");
}
