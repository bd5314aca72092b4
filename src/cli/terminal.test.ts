import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { describe, test } from "node:test";

import { oneLine, table } from "./table.ts";
import { createTerminal } from "./terminal.ts";
import { parseTime } from "./time.ts";

function listen(isTTY: boolean) {
  let written = "";
  const stream = new Writable({
    write(chunk, _, done) {
      written += String(chunk);
      done();
    },
  });
  return {
    stream: Object.assign(stream, { isTTY }) as unknown as NodeJS.WriteStream,
    text: () => written,
  };
}

describe("a terminal", () => {
  test("draws a bar where a person watches, and leaves no trace of it", () => {
    const err = listen(true);
    const bar = createTerminal(listen(false).stream, err.stream).progress("Working", 4);
    bar.step(2);
    bar.end();
    assert.match(err.text(), /Working █{12}░{12} 2\/4/);
    assert.ok(err.text().endsWith("\r\u001b[K"));
  });

  test("draws none into a pipe or a file", () => {
    const err = listen(false);
    const bar = createTerminal(listen(false).stream, err.stream).progress("Working", 4);
    bar.step(4);
    bar.end();
    assert.equal(err.text(), "");
  });

  test("writes answers to one stream and complaints to the other, plain into a pipe", () => {
    const [out, err] = [listen(false), listen(false)];
    const terminal = createTerminal(out.stream, err.stream);
    terminal.print(terminal.style("red", "answer"));
    terminal.complain("complaint");
    assert.equal(out.text(), "answer\n");
    assert.equal(err.text(), "complaint\n");
  });
});

describe("text", () => {
  test("columns are as wide as their widest cell, whatever its style", () => {
    const styled = "\u001b[32mheld\u001b[39m";
    assert.deepEqual(
      table([
        [styled, "a"],
        ["broken", "b"],
      ]),
      [`${styled}    a`, "broken  b"],
    );
  });

  test("a memory takes one line, and cannot pose as another one", () => {
    assert.equal(oneLine("first\n\u001b[31msecond\u2028third"), "first [31msecond third");
    assert.equal([...oneLine("🚲".repeat(200), 10)].length, 10);
  });

  test("a time without a zone is in UTC; what is no time is none", () => {
    assert.equal(Number(parseTime("2025-02-01T09:00")), Date.UTC(2025, 1, 1, 9));
    assert.equal(Number(parseTime("2025-02-01T09:00+02:00")), Date.UTC(2025, 1, 1, 7));
    assert.equal(Number(parseTime("2025-02-01")), Date.UTC(2025, 1, 1));
    for (const text of ["", "soon", "1", "2025-13-01", "2025-02-01 09:00"]) {
      assert.equal(parseTime(text), null, text);
    }
  });
});
