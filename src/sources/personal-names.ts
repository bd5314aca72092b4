/** Words of a column's name that speak of a person, as they are written in schemas. */
const PERSONAL = [
  "name|firstname|lastname|fullname|surname|forename|nickname|username|maiden",
  "email|mail|phone|mobile|telephone|tel|fax",
  "address|street|postcode|zip|city|latitude|longitude|geo|location",
  "birth|birthday|birthdate|dob|age|gender|sex|ethnicity|race|religion|nationality",
  "ssn|passport|tax|iban|card|licence|license|insurance",
  "ip|useragent|cookie|fingerprint|device",
  "salary|income|diagnosis|medication|disease|symptom|blood|genetic",
  "avatar|photo|picture|signature|voice|biography|bio|comment|message|note|notes",
  "user|customer|person|patient|employee|member|contact|subject|author|owner|recipient",
];

const WORDS = new Set(PERSONAL.flatMap((line) => line.split("|")));

/**
 * Whether a column's name looks like a person's data: `home_address`, `customerId`, `IP`. It looks
 * at whole words, so `description` and `shipping_state` pass.
 */
export function looksPersonal(column: string): boolean {
  const words = column
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
  const joined = words.slice(1).map((word, at) => words[at]! + word);
  return [...words, ...joined].some((word) => WORDS.has(word) || WORDS.has(word.replace(/s$/, "")));
}
