import { RETENTION_SETTINGS, type RetentionSettings } from "#retention";

/** How retention runs go about it, and when they start. */
export interface RetentionOptions {
  /** When a run starts by itself: five fields of cron, such as `17 3 * * *`. Default: never. */
  readonly schedule?: string;
  /** The IANA time zone of the schedule. Default: UTC. */
  readonly timeZone?: string;
  /** Rows that one batch removes at most. Default: 10,000. */
  readonly batchMax?: number;
  /** The pause between two batches, in milliseconds. Default: 100. */
  readonly pauseMs?: number;
  /** Rows that one run removes at most. Default: 1,000,000. */
  readonly runMax?: number;
  /** When a count is so strange that a run stops and asks. */
  readonly anomaly?: {
    /** More than this share of all rows there are, 0 to 1. Default: 0.5. */
    readonly share?: number;
    /** More than so many times what the last run found. Default: 10. */
    readonly factor?: number;
    /** Up to so many are never strange. Default: 20. */
    readonly least?: number;
  };
}

export function retentionSettings(options: RetentionOptions = {}): RetentionSettings {
  const { schedule: _schedule, timeZone: _timeZone, anomaly = {}, ...paces } = options;
  return {
    ...RETENTION_SETTINGS,
    ...given(paces),
    anomaly: { ...RETENTION_SETTINGS.anomaly, ...given(anomaly) },
  };
}

/** Without what was given as `undefined`. */
function given<T extends object>(values: T): Partial<T> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}
