/** What an admin can do that leaves a record. */
export const auditActions = [
  'tenant.create',
  'tenant.change',
  'tenant.limits',
  'tenant.flush',
  'tenant.remove',
  'key.create',
  'key.rotate',
  'key.revoke',
  'webhook.create',
  'webhook.remove',
] as const;

export type AuditAction = (typeof auditActions)[number];

/** What it was done to. Ids only: never a secret, a value or what a limit was set to. */
export interface AuditTarget {
  readonly tenant?: string;
  readonly keyId?: string;
  /** Of the key that a rotation made. */
  readonly newKeyId?: string;
  readonly webhookId?: string;
}
