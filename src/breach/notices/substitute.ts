import type { LawProfile } from "#law";

/** How people are told whom no letter reaches. @source 45 CFR 164.404(d)(2) */
export interface SubstituteNotice {
  /** `other-means`: by telephone, or another way; `public`: a home page, or major media. */
  readonly form: "other-means" | "public";
  /** How long it is shown; `null`: it is not shown. */
  readonly days: number | null;
  /** Whether a toll-free number has to stand in it, for as long. */
  readonly tollFree: boolean;
  readonly article: string;
}

/** `null`: everybody was reached, or no law in force says how. */
export function substituteNotice(
  laws: readonly LawProfile[],
  unreached: number,
): SubstituteNotice | null {
  const hipaa = laws.find(({ name }) => name === "hipaa");
  const from = hipaa?.figures["substituteNotice"];
  const shown = hipaa?.figures["substituteNoticeShown"];
  if (unreached === 0 || from === undefined || shown === undefined) return null;
  if (unreached < from.value) {
    return { form: "other-means", days: null, tollFree: false, article: from.article };
  }
  return { form: "public", days: shown.value, tollFree: true, article: shown.article };
}
