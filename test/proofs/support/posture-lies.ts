import type { Writable } from "node:stream";

import { word } from "#kernel";
import { ccpa } from "#policy";
import type { Canary, Ground } from "#posture";

/** A product that does not do what it says, as one control meets it. */
export interface Lie {
  readonly lie: string;
  readonly seenBy: string;
  tell(ground: Ground): Ground;
}

/** As though the law of California were in force as well. */
export function underCcpa(ground: Ground): Ground {
  const { policy: live } = ground.world;
  const packs = [...live.packs, ccpa()];
  return { ...ground, world: { ...ground.world, policy: { ...live, packs } } };
}

/** What a lying product does instead. */
type Instead = Readonly<Record<string, unknown>>;

export const LIES: readonly Lie[] = [
  told("another text is read back", "remembered-and-recalled", ({ subject }) => ({
    subject: { ...subject, get: async () => ({ content: "another" }) },
  })),
  told("a person is shown no use of theirs", "person-sees-who-read", ({ subject }) => ({
    subject: { ...subject, self: () => ({ ...subject, accesses: async () => [] }) },
  })),
  elsewhere(
    "whoever asks is taken for the application",
    "roles-are-asked",
    ({ subject }) => subject,
  ),
  told("it was stored before there was a consent", "consent-comes-first", () => ({
    withoutConsent: null,
  })),
  elsewhere(
    "a memory is recalled for another purpose",
    "purposes-are-apart",
    ({ subject, told }) => ({
      ...subject,
      session: () => ({ recall: async () => ({ nodes: told.map((id) => ({ id })) }) }),
    }),
  ),
  {
    lie: "another person's memory is read by its id",
    seenBy: "people-are-apart",
    tell: (ground) => ({
      ...ground,
      canary: {
        ...ground.canary,
        async second() {
          const other = (await ground.canary.second())!;
          return { ...other, subject: { ...other.subject, get: async () => ({}) as never } };
        },
      },
    }),
  },
  told("a link leads nowhere", "graph-within-one-person", ({ chat }) => ({
    chat: { ...chat, neighbours: async () => [] },
  })),
  told("what expired is read", "expired-is-unreadable", ({ subject }) => ({
    subject: { ...subject, get: async () => ({}) },
  })),
  told("undeclared fields are taken", "undeclared-fields-are-refused", ({ chat }) => ({
    chat: { ...chat, remember: async () => ({ nodes: [] }) },
  })),
  told("nobody knows what was given to whom", "disclosures-can-be-accounted", ({ subject }) => ({
    subject: {
      ...subject,
      self: () => ({ ...subject, accounting: async () => ({ disclosures: [{}] }) }),
    },
  })),
  told("a consent left no record", "evidence-is-sealed", ({ subject }) => ({
    subject: { ...subject, consent: { ...subject.consent, history: async () => [] } },
  })),
  told("a third party is given a memory", "third-parties-get-nothing", ({ chat }) => ({
    chat: { ...chat, disclose: async (_: string, __: string[], send: () => void) => send() },
  })),
  told("a hold holds nothing", "hold-beats-erasure", ({ subject }) => ({
    subject: { ...subject, forget: async () => ({}) },
  })),
  told("a withdrawn consent is still active", "withdrawn-is-no", ({ subject, purpose }) => ({
    subject: {
      ...subject,
      consent: { ...subject.consent, active: async () => ({ [purpose]: true }) },
    },
  })),
  told("an erased person is remembered again", "erased-stays-erased", ({ subject, chat }) => ({
    chat: { ...chat, remember: async () => ({ nodes: [] }) },
    subject: { ...subject, list: async () => ({ nodes: [] }) },
  })),
  world("an erased memory is given a key again", "erased-keys-are-fenced", ({ keyring }) => ({
    keyring: { ...keyring, mintNodeKeys: async () => [] },
  })),
  {
    lie: "a number that the law has never given out is given out",
    seenBy: "package-is-whole",
    tell: underCcpa,
  },
  {
    lie: "a browser's signal is answered, and changes nothing",
    seenBy: "opt-out-signal-is-obeyed",
    tell(ground) {
      const receive = async () => ({ request: { state: "completed" } });
      const tenant = () => ({ ...ground.oubli, requests: { receive } }) as never;
      return { ...underCcpa(ground), oubli: { ...ground.oubli, tenant } };
    },
  },
  told("a package lacks a system's part", "package-is-whole", ({ subject }) => ({
    subject: {
      ...subject,
      self: () => ({
        ...subject.self(),
        async package(to: Writable) {
          return { ...(await subject.self().package(to)), complete: false };
        },
      }),
    },
  })),
  {
    lie: "somebody of another region is registered",
    seenBy: "others-are-not-taken-in",
    tell: (ground) => ({
      ...ground,
      oubli: {
        ...ground.oubli,
        tenant: () => ({ ...ground.oubli, subject: async () => ({}) as never }),
      },
    }),
  },
  {
    lie: "a certificate that does not verify",
    seenBy: "erased-with-a-certificate",
    tell: (ground) => ({
      ...ground,
      oubli: { ...ground.oubli, verify: async () => ({ valid: false }) as never },
    }),
  },
  {
    lie: "an event is counted of who did not agree",
    seenBy: "analytics-needs-consent",
    tell: (ground) => ({
      ...ground,
      oubli: {
        ...ground.oubli,
        tenant: () => ({ ...ground.oubli, analytics: { track: async () => true } as never }),
      },
    }),
  },
  policy("a special category without an end", "special-categories-end", ({ purposes }) => ({
    purposes: { ...purposes, care: { ...purposes["care"]!, retention: null } },
  })),
  policy("a purpose that gives more than the law lets it", "recalls-are-small", ({ purposes }) => ({
    purposes: { ...purposes, care: { ...purposes["care"]!, maxNodes: 5000 } },
  })),
  policy("a standard purpose that is gone", "standard-purposes-ship", ({ purposes }) => {
    const { analytics: _, ...rest } = purposes;
    return { purposes: rest };
  }),
  policy("sharing that rests on a contract", "sharing-needs-explicit-consent", ({ purposes }) => ({
    purposes: {
      ...purposes,
      third_party_sharing: { ...purposes["third_party_sharing"]!, basis: "contract" },
    },
  })),
  policy("a region with a rule of its own", "rules-know-no-country", ({ regions }) => ({
    regions: Object.fromEntries(
      Object.entries(regions).map(([name, region]) => [name, { ...region, erasureDays: 90 }]),
    ),
  })),
  world("a notifier, and nobody to notify", "somebody-is-alerted", ({ policy: live }) => {
    const { controller: _, ...rest } = live;
    return { notifiers: [{}], policy: rest };
  }),
  {
    lie: "a budget that was overspent",
    seenBy: "budget-refuses",
    tell: (ground) => ({
      ...ground,
      async told() {
        const once = { tenant: word("default"), from: 1, to: 1, milliEpsilon: 600, limit: 1000 };
        return { ...(await ground.told()), published: [once, once] };
      },
      world: {
        ...ground.world,
        tallies: {
          ...ground.world.tallies,
          spent: async () => [{ day: 1, spent: 1000, limit: 1000 }],
        },
      },
    }),
  },
  {
    lie: "another system that is down",
    seenBy: "other-systems-answer",
    tell: (ground) => ({
      ...ground,
      world: {
        ...ground.world,
        policy: { ...ground.world.policy, sources: { shop: {} as never } },
      },
      oubli: {
        ...ground.oubli,
        sources: {
          ...ground.oubli.sources,
          check: async () => [
            { source: word("shop"), findings: [{ level: "error", code: word("unreachable") }] },
          ],
        },
      },
    }),
  },
  {
    lie: "a table whose rows nobody can count",
    seenBy: "retention-counts-first",
    tell: (ground) => ({
      ...ground,
      oubli: {
        ...ground.oubli,
        retention: {
          ...ground.oubli.retention,
          plan: async () => [{ rule: word("shop"), before: 0, over: null } as never],
        },
      },
    }),
  },
];

/** The canary's own handles lie. */
function told(lie: string, seenBy: string, instead: (canary: Canary) => Instead): Lie {
  const changed = async (canary: Promise<Canary | null>): Promise<Canary> => {
    const planted = (await canary)!;
    return { ...planted, ...instead(planted) } as Canary;
  };
  const tell = (ground: Ground): Ground => ({
    ...ground,
    canary: {
      ...ground.canary,
      first: () => changed(ground.canary.first()),
      second: () => changed(ground.canary.second()),
    },
  });
  return { lie, seenBy, tell };
}

/** The handles that other actors get of the canary lie. */
function elsewhere(lie: string, seenBy: string, instead: (canary: Canary) => unknown): Lie {
  const tell = (ground: Ground): Ground => {
    const subjectById = async () => instead((await ground.canary.first())!);
    const as = () => ({ ...ground.oubli, subjectById }) as Ground["oubli"];
    return { ...ground, oubli: { ...ground.oubli, tenant: () => ({ ...ground.oubli, as }) } };
  };
  return { lie, seenBy, tell };
}

function world(lie: string, seenBy: string, instead: (world: Ground["world"]) => Instead): Lie {
  const tell = (ground: Ground): Ground => ({
    ...ground,
    world: { ...ground.world, ...instead(ground.world) } as Ground["world"],
  });
  return { lie, seenBy, tell };
}

/** A policy that no configuration would be taken for. */
function policy(
  lie: string,
  seenBy: string,
  instead: (policy: Ground["world"]["policy"]) => Instead,
): Lie {
  return world(lie, seenBy, ({ policy: live }) => ({ policy: { ...live, ...instead(live) } }));
}
