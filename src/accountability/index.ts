/** What is held, why, for how long and who got it: told from live configuration and the log. */
export { accounting, type AccountedDisclosure, type Accounting } from "./accounting.ts";
export { page, tableOf, type Column } from "./html.ts";
export { inventory, type Inventory } from "./inventory.ts";
export { drift, publishNotice, type Difference, type Drift } from "./notice.ts";
export { noticeDigest, noticeFacts, type NoticeFacts } from "./notice-facts.ts";
export { noticeHtml } from "./notice-html.ts";
export { recordHtml } from "./record-html.ts";
export { processorRegister, type RegisteredProcessor } from "./register.ts";
export { requestLog, type LoggedRequest, type RequestLog } from "./request-log.ts";
export { recordOfProcessing, type RecordOfProcessing } from "./record.ts";
export type { AccountabilityWorld, System } from "./world.ts";
