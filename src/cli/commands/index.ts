import type { Command } from "../command.ts";
import { accounting } from "./accounting.ts";
import { analyticsBudget } from "./analytics-budget.ts";
import { analyticsPublish } from "./analytics-publish.ts";
import { auditExport } from "./audit-export.ts";
import { auditProve } from "./audit-prove.ts";
import { auditVerify } from "./audit-verify.ts";
import { backup } from "./backup.ts";
import { backupEnd } from "./backup-end.ts";
import { backupList } from "./backup-list.ts";
import { breachDetect } from "./breach-detect.ts";
import { breachDone } from "./breach-done.ts";
import { breachDraft } from "./breach-draft.ts";
import { breachList } from "./breach-list.ts";
import { breachReport } from "./breach-report.ts";
import { breachScope } from "./breach-scope.ts";
import { breachShow } from "./breach-show.ts";
import { breachUpdate } from "./breach-update.ts";
import { certificateList } from "./certificate-list.ts";
import { certificateWrite } from "./certificate-write.ts";
import { consentGrant } from "./consent-grant.ts";
import { consentShow } from "./consent-show.ts";
import { consentWithdraw } from "./consent-withdraw.ts";
import { demo } from "./demo.ts";
import { doctor } from "./doctor.ts";
import { erase } from "./erase.ts";
import { explain } from "./explain.ts";
import { exportPerson } from "./export.ts";
import { forget } from "./forget.ts";
import { holdList } from "./hold-list.ts";
import { holdPlace } from "./hold-place.ts";
import { holdRelease } from "./hold-release.ts";
import { importFile } from "./import.ts";
import { init } from "./init.ts";
import { keysRotate } from "./keys-rotate.ts";
import { list } from "./list.ts";
import { notice } from "./notice.ts";
import { noticeDrift } from "./notice-drift.ts";
import { noticePublish } from "./notice-publish.ts";
import { packagePerson } from "./package.ts";
import { packageRevoke } from "./package-revoke.ts";
import { posture } from "./posture.ts";
import { recall } from "./recall.ts";
import { record } from "./record.ts";
import { remember } from "./remember.ts";
import { requestAdvance } from "./request-advance.ts";
import { requestList } from "./request-list.ts";
import { requestNew } from "./request-new.ts";
import { requestShow } from "./request-show.ts";
import { restore } from "./restore.ts";
import { retentionPlan } from "./retention-plan.ts";
import { retentionRun } from "./retention-run.ts";
import { retentionRuns } from "./retention-runs.ts";
import { sourcesCheck } from "./sources-check.ts";
import { sourcesConfirm } from "./sources-confirm.ts";
import { sourcesList } from "./sources-list.ts";
import { sourcesResume } from "./sources-resume.ts";
import { storeDistribute } from "./store-distribute.ts";
import { storeMigrate } from "./store-migrate.ts";
import { sweep } from "./sweep.ts";
import { tombstonesCheck } from "./tombstones-check.ts";
import { transfer } from "./transfer.ts";
import { verify } from "./verify.ts";
import { work } from "./work.ts";

/** Every command, in the order in which the help shows them. */
export const COMMANDS: readonly Command[] = [
  init,
  storeMigrate,
  storeDistribute,
  demo,
  remember,
  recall,
  list,
  forget,
  erase,
  certificateWrite,
  certificateList,
  transfer,
  consentGrant,
  consentWithdraw,
  consentShow,
  holdPlace,
  holdRelease,
  holdList,
  exportPerson,
  packagePerson,
  packageRevoke,
  importFile,
  requestNew,
  requestList,
  requestShow,
  requestAdvance,
  sourcesList,
  sourcesCheck,
  sourcesResume,
  sourcesConfirm,
  tombstonesCheck,
  retentionPlan,
  retentionRun,
  retentionRuns,
  sweep,
  work,
  breachReport,
  breachList,
  breachShow,
  breachScope,
  breachUpdate,
  breachDraft,
  breachDone,
  breachDetect,
  auditVerify,
  auditExport,
  auditProve,
  keysRotate,
  backup,
  backupList,
  backupEnd,
  restore,
  verify,
  doctor,
  posture,
  explain,
  record,
  notice,
  noticePublish,
  noticeDrift,
  accounting,
  analyticsBudget,
  analyticsPublish,
];
