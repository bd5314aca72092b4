/** How a retention run goes about it. */
export interface RetentionSettings {
  /** Rows that one batch removes at most: each is committed by itself. */
  readonly batchMax: number;
  /** How long others have the tables to themselves between two batches. */
  readonly pauseMs: number;
  /** Rows that one run removes at most; the rest is the next one's. */
  readonly runMax: number;
  readonly anomaly: AnomalySettings;
}

/** When a count is so strange that a person has to look at it before anything is removed. */
export interface AnomalySettings {
  /** More than this share of all there is: 0 to 1. */
  readonly share: number;
  /** More than so many times what the run before found. */
  readonly factor: number;
  /** Up to so many are never strange; a count that was less before has grown from so many. */
  readonly least: number;
}

export const RETENTION_SETTINGS: RetentionSettings = {
  batchMax: 10_000,
  pauseMs: 100,
  runMax: 1_000_000,
  anomaly: { share: 0.5, factor: 10, least: 20 },
};
