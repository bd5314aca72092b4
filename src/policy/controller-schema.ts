import * as z from "zod";

import { code, strict, text, unique } from "./shapes.ts";

/** No line breaks and no other control character: it ends in the heads of letters and e-mails. */
const LINE = /^[^\p{Cc}\p{Zl}\p{Zp}]{1,300}$/u;
const EMAIL = /^[^\s@<>,;:"()[\]\\]{1,64}@[^\s@<>,;:"()[\]\\]{1,190}$/;
const WEBSITE = /^https:\/\/[^\s<>"]{1,290}$/;

export const line = text(
  (value) => LINE.test(value) && value.isWellFormed() && value.trim() === value,
  "one line of at most 300 characters",
);

const party = {
  name: line,
  contact: strict({
    email: text((value) => EMAIL.test(value) && value.isWellFormed(), "one address").optional(),
    phone: line.optional(),
    address: line.optional(),
    website: text(
      (value) => WEBSITE.test(value) && URL.canParse(value),
      "an https address",
    ).optional(),
  }),
};

export const controller = strict({
  ...party,
  dpo: strict(party).optional(),
  representative: strict(party).optional(),
  jointControllers: z.array(strict(party)).min(1).max(20).optional(),
  people: unique(code).optional(),
});
