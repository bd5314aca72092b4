import { isOubliError, OubliError, word, type Word } from "#kernel";
import { explain, homeRegion, type Policy } from "#policy";
import { regionOfLink } from "#rights";

import { check, shapes } from "../input/index.ts";
import { packageShapes } from "../input/package-shapes.ts";
import type { SubjectOptions } from "../options.ts";
import type { Oubli } from "../oubli.ts";
import type { Subject } from "../subject.ts";
import { staying, type Peers } from "./peers.ts";
import { askEach, type Region } from "./region.ts";

export interface Routes {
  readonly regions: readonly Region[];
  readonly peers: Peers;
  readonly close: () => Promise<void>;
}

/**
 * Several regions behind one face. A person is looked for in each by that region's own keyed
 * look-up, so no list of people stands above the regions; what a region's own is (its log, its
 * keys, its sweep) is asked of that region.
 */
export function routed(policy: Policy, { regions, peers, close }: Routes): Oubli {
  const names = namesOf(regions);

  const only = (name: string): Oubli =>
    namedRegion(regions, check(shapes.code, name, "region")).oubli();

  const asEach = (change: (oubli: Oubli) => Oubli): Oubli =>
    routed(policy, {
      regions: regions.map((region) => ({ ...region, oubli: () => change(region.oubli()) })),
      peers,
      close,
    });

  async function ofOneRegion(): Promise<never> {
    throw regionError(word("nothing"), names);
  }

  return {
    policy,
    regions: names,
    region: only,
    get audit(): never {
      throw regionError(word("nothing"), names);
    },
    get accountability(): never {
      throw regionError(word("nothing"), names);
    },
    get requests(): never {
      throw regionError(word("nothing"), names);
    },
    get retention(): never {
      throw regionError(word("nothing"), names);
    },
    get sources(): never {
      throw regionError(word("nothing"), names);
    },
    get analytics(): never {
      throw regionError(word("nothing"), names);
    },
    get breach(): never {
      throw regionError(word("nothing"), names);
    },
    as(actor) {
      check(shapes.actor, actor, "actor");
      return asEach((oubli) => oubli.as(actor));
    },
    tenant(name) {
      check(shapes.code, name, "tenant");
      return asEach((oubli) => oubli.tenant(name));
    },
    ...peopleFace(policy, { regions, peers }, only),
    verify: (certificate) => verifiedBy(regions, certificate),
    async openPackage(link) {
      const region = regionOfLink(check(packageShapes.link, link, "link"));
      if (!names.includes(region)) throw new OubliError("NOT_FOUND");
      return only(region).openPackage(link);
    },
    sweep: ofOneRegion,
    rotate: ofOneRegion,
    backup: ofOneRegion,
    backups: ofOneRegion,
    endBackup: ofOneRegion,
    explain: () => explain(policy),
    close,
    [Symbol.asyncDispose]: close,
  };
}

type People = Pick<Oubli, "subject" | "find" | "subjectById" | "certificate">;

/** Who is remembered, in whichever region. */
function peopleFace(
  policy: Policy,
  { regions, peers }: Pick<Routes, "regions" | "peers">,
  only: (name: string) => Oubli,
): People {
  const among = (name: string | undefined): readonly Region[] =>
    name === undefined ? regions : [namedRegion(regions, name)];

  const staysAt = (known: readonly Subject[]): Promise<Subject> => staying(peers, known);

  return {
    async subject(externalId, options = {}) {
      const { region, jurisdiction } = check(shapes.subject, options, "options");
      const { consent } = options;
      const known = await askEach(
        among(region),
        async (oubli) => {
          const found = await oubli.find(externalId);
          // Registered once, for good: where they live now does not move what is kept.
          return found && oubli.subject(externalId, consent === undefined ? {} : { consent });
        },
        staysAt,
      );
      if (known !== null) return known;
      const home = homeOf(policy, { region, jurisdiction }, namesOf(regions));
      return only(home).subject(externalId, options);
    },
    async find(externalId, options = {}) {
      const { region } = check(shapes.find, options, "options");
      return askEach(among(region), (oubli) => oubli.find(externalId), staysAt);
    },
    async subjectById(id) {
      check(shapes.subjectId, id, "subject");
      return foundIn(regions, (oubli) => oubli.subjectById(id));
    },
    async certificate(subject, erasure) {
      return foundIn(regions, (oubli) => oubli.certificate(subject, erasure));
    },
  };
}

function namesOf(regions: readonly Region[]): readonly Word[] {
  return regions.map(({ name }) => name);
}

/**
 * Each region signs with a key of its own.
 *
 * @throws {OubliError} `REGION_UNAVAILABLE` when one is away, and no other signed it.
 */
async function verifiedBy(
  regions: readonly Region[],
  certificate: Parameters<Oubli["verify"]>[0],
): ReturnType<Oubli["verify"]> {
  const refused: Awaited<ReturnType<Oubli["verify"]>>[] = [];
  const valid = await askEach(regions, async (oubli) => {
    const result = await oubli.verify(certificate);
    if (!result.valid) refused.push(result);
    return result.valid ? result : null;
  });
  return valid ?? refused[0]!;
}

/** The region that a person is registered in. Nothing is stored before it is known. */
function homeOf(
  policy: Policy,
  { region, jurisdiction }: Pick<SubjectOptions, "region" | "jurisdiction">,
  names: readonly Word[],
): Word {
  if (region !== undefined) return region as Word;
  const served = names.flatMap((name) => policy.regions[name]!.jurisdictions);
  const home = jurisdiction === undefined ? null : homeRegion(policy.regions, jurisdiction);
  if (home !== null) return home;
  throw new OubliError("INPUT_INVALID", {
    field: word("jurisdiction"),
    given: (jurisdiction ?? "nothing") as Word,
    accepted: served,
  });
}

/** As {@link askEach}, for calls that say `NOT_FOUND` where they do not know. */
async function foundIn<Answer>(
  regions: readonly Region[],
  ask: (oubli: Oubli) => Promise<Answer>,
): Promise<Answer> {
  const answer = await askEach(regions, async (oubli) => {
    try {
      return await ask(oubli);
    } catch (error) {
      if (isOubliError(error, "NOT_FOUND")) return null;
      throw error;
    }
  });
  if (answer === null) throw new OubliError("NOT_FOUND");
  return answer;
}

function namedRegion(regions: readonly Region[], name: string): Region {
  const region = regions.find((one) => one.name === name);
  if (region !== undefined) return region;
  throw regionError(
    name as Word,
    regions.map((one) => one.name),
  );
}

function regionError(given: Word, accepted: readonly Word[]): OubliError {
  return new OubliError("INPUT_INVALID", { field: word("region"), given, accepted });
}
