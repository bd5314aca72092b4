import { stemmer } from "stemmer";

import type { Language } from "./language.ts";

const STOP_WORDS =
  "a about above after again against all also am an and any are aren as at be because been " +
  "before being below between both but by can could couldn d did didn do does doesn doing don " +
  "down during each even ever few for from further get gets getting go goes going got had hadn " +
  "has hasn have haven having he her here hers herself him himself his how i if in into is isn " +
  "it its itself just let ll m many me might more most much must my myself no nor not now of " +
  "off on once one only or other our ours ourselves out over own re really s same shall she " +
  "should shouldn so some still such t than that the their theirs them themselves then there " +
  "these they this those through to too under until up us ve very was wasn we were weren what " +
  "when where which while who whom whose why will with would wouldn yet you your yours yourself " +
  "yourselves";

const MONTHS =
  "january february march april may june july august september october november december";

const MONTH_NAMES = MONTHS.split(" ");

const ENDS_IN_ENGLISH = /[a-z]$/;

export const english: Language = {
  stopWords: new Set(STOP_WORDS.split(" ")),
  // Every rule of English looks at the ending, so a word of another script is its own stem.
  stem: (word) => (ENDS_IN_ENGLISH.test(word) ? stemmer(word) : word),
  dateWords(at) {
    const date = new Date(at);
    return [MONTH_NAMES[date.getUTCMonth()]!, `${date.getUTCFullYear()}`];
  },
};
