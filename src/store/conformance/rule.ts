/** One promise a store makes. Data, not test code: any runner, and any engine's store, can check it. */
export interface Rule<Port> {
  readonly rule: string;
  check(port: Port): Promise<void>;
}
