import type { Lease } from "#audit";

/**
 * A lease's time in a statement: the parameter's, or, where that is null, the server's own. So a
 * process whose clock is hours ahead takes no lease over that another one lives by.
 */
export const timeIn = (parameter: string): string =>
  `coalesce(${parameter}::bigint, floor(extract(epoch FROM statement_timestamp()) * 1000)::bigint)`;

/** What a statement is given of a lease: how long it lasts, and from when on. */
export type LeaseTimes = (lease: Lease) => readonly [lastsMs: number, now: number | null];

/** Every process goes by the server's clock. */
export const byServer: LeaseTimes = ({ now, until }) => [until - now, null];

/** Processes go by a clock that they were given: a test's, which moves as it is told. */
export const byCaller: LeaseTimes = ({ now, until }) => [until - now, now];
