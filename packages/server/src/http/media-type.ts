export const jsonMediaType = 'application/json';
/** RFC 7396 */
export const mergePatchMediaType = 'application/merge-patch+json';
export const textMediaType = 'text/plain; charset=utf-8';
export const htmlMediaType = 'text/html; charset=utf-8';
export const binaryMediaType = 'application/octet-stream';
/** The entry with its attributes, instead of its bare value. */
export const entryMediaType = 'application/vnd.larder.entry+json';

/** RFC 9110, 8.3.1, with quoted parameter values taken as they are. */
const mediaType = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+(?:[ \t]*;[ \t]*[\x20-\x7e]*)?$/;
const longestMediaType = 255;
const activeContent = /html|xml/i;

/** Whether this can be handed out again as the `Content-Type` of a value. */
export function isMediaType(contentType: string): boolean {
  return contentType.length <= longestMediaType && mediaType.test(contentType);
}

/** Type and subtype, without parameters. */
export function essence(contentType: string): string {
  const end = contentType.indexOf(';');
  return (end === -1 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}

export function isJson(contentType: string): boolean {
  const type = essence(contentType);
  return type === jsonMediaType || type.endsWith('+json');
}

export function isText(contentType: string): boolean {
  return contentType.startsWith('text/');
}

/** HTML, SVG and XML run scripts in a browser that opens them, with the rights of this origin. */
export function isActiveContent(contentType: string): boolean {
  return activeContent.test(contentType);
}

/** RFC 9110, 12.5.1, as far as needed: is this type named, and not refused with `q=0`? */
export function accepts(accept: string | undefined, wanted: string): boolean {
  if (accept === undefined || !accept.includes(wanted)) return false;
  return accept.split(',').some((range) => essence(range) === wanted && !/;\s*q=0(?:\.0*)?\s*(?:;|$)/i.test(range));
}
