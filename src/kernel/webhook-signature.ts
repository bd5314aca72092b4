import { createHmac, timingSafeEqual } from "node:crypto";

import { SECOND_MS, type Clock } from "./clock.ts";

/** How far the two clocks may be apart, and how long a message may be on its way. */
const TOLERANCE_MS = 300 * SECOND_MS;
const SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/;
const SECRET_BYTES_MIN = 24;

/** What {@link webhookKey} takes. */
export const WEBHOOK_SECRET = "whsec_ and base64 of at least 24 bytes";

/** The key in a secret; `null`: it is none, or too short to be one. */
export function webhookKey(secret: string): Buffer | null {
  const key = Buffer.from(SECRET.exec(secret)?.[1] ?? "", "base64");
  return key.length < SECRET_BYTES_MIN ? null : key;
}

/**
 * Headers by which a receiver knows who sent a message and when, and that nothing was changed.
 *
 * @source Standard Webhooks 1.0
 */
export function signedWebhook(key: Buffer, id: string, body: string, clock: Clock) {
  const timestamp = `${Math.floor(clock.now() / SECOND_MS)}`;
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${mac(key, id, timestamp, body).toString("base64")}`,
  };
}

/** Whether a message carries the signature of the key, from about now. Names are in lower case. */
export function isSignedWebhook(
  key: Buffer,
  headers: Readonly<Record<string, unknown>>,
  body: string,
  clock: Clock,
): boolean {
  const id = headers["webhook-id"];
  const timestamp = headers["webhook-timestamp"];
  const signatures = headers["webhook-signature"];
  if (typeof id !== "string" || typeof timestamp !== "string") return false;
  if (typeof signatures !== "string" || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(Number(timestamp) * SECOND_MS - clock.now()) > TOLERANCE_MS) return false;
  const expected = mac(key, id, timestamp, body);
  // A key that is being changed has two.
  return signatures.split(" ").some((one) => {
    const given = Buffer.from(/^v1,(.+)$/.exec(one)?.[1] ?? "", "base64");
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

function mac(key: Buffer, id: string, timestamp: string, body: string): Buffer {
  return createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest();
}
