import { Problem } from '../../http/problem.js';

/** In bytes of UTF-8. */
const longestId = 64;

/** `.` and `..` are left out, because clients resolve them in addresses. */
export function checkedTenantId(id: string): string {
  const isShort = id !== '' && Buffer.byteLength(id) <= longestId;
  if (isShort && id.isWellFormed() && !/[\p{Cc}/]/u.test(id) && id !== '.' && id !== '..') return id;
  throw new Problem(
    'invalid_body',
    `The id of a tenant is text of 1 to ${longestId} bytes without slashes and control characters.`,
  );
}
