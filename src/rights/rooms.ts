import { access } from "./access.ts";
import { accounting } from "./accounting.ts";
import { erasure } from "./erasure.ts";
import { limitUse } from "./limit-use.ts";
import { objection } from "./objection.ts";
import { optOut } from "./opt-out.ts";
import { portability } from "./portability.ts";
import { rectification } from "./rectification.ts";
import type { RequestRight } from "./requests/request.ts";
import { restriction } from "./restriction.ts";
import type { RightRoom } from "./right.ts";

const ROOMS: Readonly<Record<RequestRight, RightRoom>> = {
  access,
  erasure,
  rectification,
  restriction,
  portability,
  objection,
  "opt-out": optOut,
  "limit-use": limitUse,
  accounting,
};

export function roomOf(right: RequestRight): RightRoom {
  return ROOMS[right];
}
