/** A pooler in transaction mode: each transaction of a client gets whichever connection is free. */
import { createServer, type AddressInfo, type Socket } from "node:net";

import pg from "pg";

export interface TransactionPooler extends AsyncDisposable {
  readonly url: string;
}

interface Upstream {
  readonly socket: Socket;
  busy: boolean;
}

const AUTHENTICATED = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0]);
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);
const ROLLBACK = Buffer.from("Q\0\0\0\rROLLBACK\0", "latin1");
const [QUERY, SYNC, TERMINATE, READY_FOR_QUERY, IDLE] = [0x51, 0x53, 0x58, 0x5a, 0x49];

/**
 * Stands before the server that `url` names, with connections of that login. As poolers do, it
 * goes on to the next connection with each transaction, so that a session finds another one's.
 */
export async function transactionPooler(url: string, size = 2): Promise<TransactionPooler> {
  const clients = await Promise.all(
    Array.from({ length: size }, async () => {
      const client = new pg.Client({ connectionString: url });
      client.on("error", () => {});
      await client.connect();
      return client;
    }),
  );
  const upstreams = clients.map((client): Upstream => {
    const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
    stream.removeAllListeners("data");
    return { socket: stream, busy: false };
  });
  let turn = 0;
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => open.delete(socket));
    serve(socket, async () => {
      for (;;) {
        const next = upstreams[(turn += 1) % size]!;
        if (!next.busy) return Object.assign(next, { busy: true });
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const through = new URL(url);
  through.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: through.href,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      for (const { socket } of upstreams) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function serve(socket: Socket, free: () => Promise<Upstream>): void {
  let bytes = Buffer.alloc(0);
  let begun = false;
  let upstream: Upstream | null = null;
  let waiting: Buffer[] = [];
  let serving = Promise.resolve();

  const answer = async (request: Buffer): Promise<void> => {
    upstream ??= await free();
    const { socket: to } = upstream;
    const state = await new Promise<number>((resolve) => {
      let answered = Buffer.alloc(0);
      const read = (chunk: Buffer): void => {
        if (socket.writable) socket.write(chunk);
        answered = Buffer.concat([answered, chunk]);
        for (let at = 0; at + 5 <= answered.length;) {
          const end = at + 1 + answered.readUInt32BE(at + 1);
          if (end > answered.length) return;
          if (answered[at] === READY_FOR_QUERY) {
            to.off("data", read);
            return resolve(answered[at + 5]!);
          }
          at = end;
        }
      };
      to.on("data", read);
      to.write(request);
    });
    if (state !== IDLE) return;
    upstream.busy = false;
    upstream = null;
  };

  // Who goes in the middle of a transaction gives its connection back.
  socket.on("close", () => {
    serving = serving.then(() => (upstream === null ? undefined : answer(ROLLBACK)));
  });
  socket.on("data", (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 5) {
      const length = begun ? 1 + bytes.readUInt32BE(1) : bytes.readUInt32BE(0);
      if (bytes.length < length) return;
      const message = bytes.subarray(0, length);
      bytes = bytes.subarray(length);
      if (!begun) {
        begun = true;
        socket.write(Buffer.concat([AUTHENTICATED, READY]));
      } else if (message[0] === TERMINATE) {
        socket.end();
      } else {
        waiting.push(message);
        if (message[0] !== QUERY && message[0] !== SYNC) continue;
        const request = Buffer.concat(waiting);
        waiting = [];
        serving = serving.then(() => answer(request));
      }
    }
  });
}
