import { OubliError, pathWord, SECOND_MS, word, type Word } from "#kernel";
import type { Policy, SourceFacts } from "#policy";
import {
  factsOf,
  inOrder,
  inTime,
  SourceFailure,
  type Source,
  type SourceFinding,
  type SourceRetention,
} from "#sources";

/** What a source's own look at itself found; `unreachable` where it could not look. */
export interface SourceCheck {
  readonly source: Word;
  readonly findings: readonly SourceFinding[];
}

/** The sources that an application gives, by name; `null`: it says nothing of them. */
export function givenSources(
  sources: readonly Source[] | undefined,
  { regions, processors = {} }: Policy,
): ReadonlyMap<Word, Source> | null {
  if (sources === undefined) return null;
  inOrder(sources);
  for (const { name, region, processor } of sources) {
    const at = ["sources", name];
    if (region !== null) refuseOther([...at, "region"], region, Object.keys(regions));
    if (processor !== null) refuseOther([...at, "processor"], processor, Object.keys(processors));
  }
  return new Map(sources.map((source) => [source.name, source]));
}

export function sourcesFacts(
  sources: ReadonlyMap<Word, Source>,
  tenant: Word | undefined,
): Readonly<Record<string, SourceFacts>> {
  return Object.fromEntries(
    Array.from(sources, ([name, source]) => [name, factsOf(source, tenant)]),
  );
}

/** Those that hold people of a region. */
export function inRegion(
  sources: ReadonlyMap<Word, Source>,
  region: Word,
): ReadonlyMap<Word, Source> {
  return new Map([...sources].filter(([, one]) => one.region === null || one.region === region));
}

const CHECK_MS = 10 * SECOND_MS;

/** Has every source look at itself. One that cannot, is down, or takes too long says so. */
export function checkSources(sources: ReadonlyMap<Word, Source>): Promise<readonly SourceCheck[]> {
  return Promise.all(
    Array.from(sources, async ([name, source]) => {
      if (source.check === undefined) return { source: name, findings: [] };
      try {
        const findings = await inTime(CHECK_MS, (signal) => source.check!(signal));
        return { source: name, findings };
      } catch {
        return { source: name, findings: [{ level: "error", code: UNREACHABLE } as const] };
      }
    }),
  );
}

const UNREACHABLE = word("unreachable");

/** What a system may say today and not tomorrow; everything else is in its declaration. */
const PASSING: ReadonlySet<string> = new Set([
  UNREACHABLE,
  "timeout",
  "busy",
  "refused",
  "malformed",
  "failed",
]);

/**
 * Refuses to open over a source whose declaration is wrong. One that is down, or lets nobody in, is
 * no reason: it would take everything else down with it, and its erasures wait.
 *
 * @throws {OubliError} `CONFIG_INVALID`
 */
export async function refuseBroken(sources: ReadonlyMap<Word, Source>): Promise<void> {
  for (const { source, findings } of await checkSources(sources)) {
    const broken = findings.find(isBroken);
    if (broken === undefined) continue;
    throw new OubliError("CONFIG_INVALID", {
      field: pathWord(["sources", source, ...(broken.at ? [broken.at] : [])]),
      given: broken.code,
      accepted: broken.accepted ?? word("see: oubli sources check"),
    });
  }
}

/**
 * The same sources for who carries out retention alone, however wrong a declaration is: a rule that
 * does not look by itself whether its own is sound fails, and the others are carried out.
 */
export async function withoutUnsound(sources: readonly Source[]): Promise<readonly Source[]> {
  const ending = sources.filter(({ retention = [] }) => retention.some((one) => !one.guarded));
  const checks = await checkSources(new Map(ending.map((source) => [source.name, source])));
  const broken = new Set(
    checks.flatMap(({ source, findings }) => (findings.some(isBroken) ? [source] : [])),
  );
  return sources.map((source) => {
    const { name, retention } = source;
    if (retention === undefined || !broken.has(name)) return source;
    return { ...source, retention: retention.map(withGuard) };
  });
}

const isBroken = ({ level, code }: SourceFinding): boolean =>
  level === "error" && !PASSING.has(code);

const withGuard = (rule: SourceRetention): SourceRetention =>
  rule.guarded ? rule : { ...rule, count: refuse, sweep: refuse };

const refuse = async (): Promise<never> => {
  throw new SourceFailure("declaration-invalid");
};

const users = new WeakMap<Source, number>();

/** Several regions share a source: the last of them that closes, closes it. */
export function useSources(sources: ReadonlyMap<Word, Source>): () => Promise<void> {
  for (const source of sources.values()) users.set(source, (users.get(source) ?? 0) + 1);
  return async () => {
    for (const source of sources.values()) {
      const left = (users.get(source) ?? 1) - 1;
      users.set(source, left);
      // What its own end throws is nobody's: everything of ours is closed all the same.
      if (left === 0) await source.close?.().catch(() => {});
    }
  };
}

function refuseOther(path: readonly string[], given: Word, accepted: readonly string[]): void {
  if (accepted.includes(given)) return;
  throw new OubliError("CONFIG_INVALID", {
    field: pathWord(path),
    given,
    accepted: (accepted.toSorted().join(" | ") || "nothing: there is none") as Word,
  });
}
