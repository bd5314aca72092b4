/** Built-in connectors: systems of common kinds as sources, declared by data. */
export { redisSource, type RedisSourceOptions } from "./redis/redis-source.ts";
export type { RedisKeys } from "./redis/rules.ts";
export { sqlSource, type SqlSourceOptions } from "./sql/sql-source.ts";
export { fileSource, type FileSourceOptions } from "./files/file-source.ts";
export type { FilePattern, FileRetention } from "./files/rules.ts";
export { readCallback } from "./webhook/callback.ts";
export {
  webhookSource,
  type WebhookAct,
  type WebhookSourceOptions,
} from "./webhook/webhook-source.ts";
