/** Sizes are bytes, times are milliseconds. */
export interface EventLimits {
  /** How long keys are collected for one event. */
  readonly batchWindow: number;
  readonly keysPerEvent: number;
  /** What is kept of a tenant for those who resume, and for those who read slowly. */
  readonly loggedEvents: number;
  readonly loggedBytes: number;
  /** The same of all tenants together; the newest few events of each are kept beyond it. */
  readonly loggedBytesOfAll: number;
  /** How long events are kept when the last reader has gone. */
  readonly keptWithoutReader: number;
  readonly streamsPerTenant: number;
  /** Where the reader does not say how often it wants to hear something. */
  readonly heartbeat: number;
  /** A reader that takes nothing for so long is given up. */
  readonly stallTimeout: number;
}

export const defaultEventLimits: EventLimits = Object.freeze({
  batchWindow: 5,
  keysPerEvent: 100,
  loggedEvents: 10_000,
  loggedBytes: 4_194_304,
  loggedBytesOfAll: 67_108_864,
  keptWithoutReader: 60_000,
  streamsPerTenant: 256,
  heartbeat: 15_000,
  stallTimeout: 30_000,
});
