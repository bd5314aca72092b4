import type { Append } from "#audit";
import { openStores, openWith, type OpenOptions } from "#engine";
import { systemClock } from "#kernel";
import { defineConfig, type ConfigInput, type ProcessorInput } from "#policy";

import { interceptStores } from "../proofs/support/intercepted-stores.ts";
import { newPlace } from "../proofs/support/residue-world.ts";
import { letters, openPeople, PURPOSES } from "./world.ts";

export const DPA = { signed: "2025-01-02", document: "DPA-1" } as const;
export const BAA = { signed: "2025-01-02", expires: "2026-03-01", document: "BAA-17" } as const;

/** A model's provider, in the region of the test world. */
export const MODEL: ProcessorInput = {
  role: "processor",
  region: "default",
  country: "US",
  dpa: DPA,
  trainsOnData: false,
  retention: "30 days",
  purposes: ["support"],
  categories: ["account", "preference"],
};

/** Keeps what reached it. */
export function wire() {
  const got: string[] = [];
  return {
    got,
    take<Answer>(answer: Answer) {
      return (nodes: readonly { readonly content: string }[]): Answer => {
        got.push(...nodes.map(({ content }) => content));
        return answer;
      };
    },
    /** An embedder on its other end. */
    embedder: (processor: string) => ({
      name: "letters",
      processor,
      async embed(texts: readonly string[]) {
        got.push(...texts);
        return letters.embed(texts);
      },
    }),
  };
}

export async function openWithModel(
  change: Partial<ProcessorInput> = {},
  { config = {}, options = {} }: { config?: ConfigInput; options?: OpenOptions } = {},
) {
  const processors = { model: { ...MODEL, ...change } };
  const world = await openPeople({ processors, ...config }, options);
  return { ...world, chat: world.ada.session({ purpose: "support" }) };
}

/** The same on files; each append to the log goes through the test's hands. */
export async function openWithSpoiledLog(change: Partial<ProcessorInput> = {}) {
  const place = newPlace();
  let spoil: (types: readonly string[]) => Promise<void> = async () => {};
  const stores = openStores(place, "default", systemClock);
  const spoiled = interceptStores(stores, async ({ port, method, args }, go) => {
    if (port === "audit" && method === "append") {
      const batch = args[0] as readonly Append[];
      await spoil(batch.flatMap(({ entries }) => entries.map(({ type }) => type)));
    }
    return go();
  });
  const config = defineConfig({
    purposes: PURPOSES,
    processors: { model: { ...MODEL, ...change } },
  });
  const options = { clock: systemClock, sweep: "manual" } as const;
  const oubli = await openWith(spoiled, config, "default", false, options);
  // Another process, whose acts come in between.
  const other = await openWith(stores, config, "default", false, options);
  const ada = await oubli.subject("ada");
  return {
    oubli,
    ada,
    elsewhere: (await other.find("ada"))!,
    chat: ada.session({ purpose: "support" }),
    /** From now on this runs before each append; it is told the types of its entries. */
    before(next: typeof spoil) {
      spoil = next;
    },
    async [Symbol.asyncDispose]() {
      await oubli.close();
      await other.close();
      place[Symbol.dispose]();
    },
  };
}
