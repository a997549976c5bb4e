/**
 * Where an entry is. Not `/v1/cache/<key>`: clients and proxies resolve `.` and `..` in an address, and some decode
 * `%2F`, so that the mirror is the one that takes every key as it is.
 */
export function entryPath(key: string): string {
  return `/v1/b64/${Buffer.from(key, 'utf8').toString('base64url')}`;
}
