/**
 * A text without its ids, keys, salts and digests: three letters of somebody's name stand in random
 * ones by chance, and what is looked for is words.
 */
export const withoutRandom = (text: string): string => text.replaceAll(/[\w+/=-]{22,}/g, "…");
