/**
 * The parts of the driver's connection that are spoken to. Ours, not those of `@types/pg`: our
 * declarations are read by people who have neither those nor the driver.
 */
export interface Client {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: unknown[] }>;
  query(batch: { submit(connection: object): void }): unknown;
}
