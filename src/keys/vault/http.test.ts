import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, get as getHttp, setGlobalProxyFromEnv } from "node:http";
import { get as getHttps } from "node:https";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";

import { TEST_CERTIFICATE } from "../../../test/support/test-certificate.ts";
import { startVault } from "../../../test/support/vault-server.ts";
import { exchange } from "./http.ts";

describe("a proxy that the environment names", () => {
  for (const tls of [false, true]) {
    test(`is not asked ${tls ? "over TLS" : "without TLS"}, and sees no token`, async () => {
      await using vault = await startVault({ tls });
      const address = vault.root.slice("vault:".length);
      let asked = 0;
      const proxy = createServer((_, response) => {
        asked += 1;
        response.end();
      });
      proxy.on("connect", (_, socket) => {
        asked += 1;
        socket.destroy();
      });
      await once(proxy.listen(0, "127.0.0.1"), "listening");
      const { port } = proxy.address() as AddressInfo;
      const url = `http://127.0.0.1:${port}`;
      const restore = setGlobalProxyFromEnv({ http_proxy: url, https_proxy: url });
      try {
        const { status } = await exchange({
          method: "GET",
          url: new URL("/v1/transit/keys?list=true", address),
          headers: { "X-Vault-Token": vault.token },
          body: null,
          ca: tls ? TEST_CERTIFICATE : null,
          timeoutMs: 60_000,
        });
        assert.equal(status, 404, "Vault itself has answered that there is no key");
        assert.equal(vault.requests.length, 1);
        assert.equal(asked, 0);
        await getAsOthersDo(address);
        assert.equal(asked, 1, "the control: others are sent to the proxy");
      } finally {
        restore();
        proxy.closeAllConnections();
        proxy.close();
      }
    });
  }
});

/** Through the global agent; what comes of it does not matter. */
function getAsOthersDo(url: string): Promise<void> {
  return new Promise((resolve) => {
    const sent = (url.startsWith("https:") ? getHttps : getHttp)(url, (response) => {
      response.resume().on("end", resolve);
    });
    sent.on("error", () => resolve());
  });
}
