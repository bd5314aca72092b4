/** @source Agreement on the European Economic Area: the 27 member states and three more */
const EEA: ReadonlySet<string> = new Set(
  "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO".split(
    " ",
  ),
);

/** Whether somebody of the EEA may have their home in a region of these jurisdictions. */
export function servesEea(jurisdictions: readonly string[]): boolean {
  return jurisdictions.some((area) => area === "*" || area === "EEA" || EEA.has(area));
}

/** Whether everybody who has their home there is of the EEA. */
export function isWithinEea(jurisdictions: readonly string[]): boolean {
  return jurisdictions.every((area) => area === "EEA" || EEA.has(area));
}

/** Whether a country is among a region's jurisdictions. */
export function isWithin(country: string, jurisdictions: readonly string[]): boolean {
  if (jurisdictions.includes("*") || jurisdictions.includes(country)) return true;
  return jurisdictions.includes("EEA") && EEA.has(country);
}
