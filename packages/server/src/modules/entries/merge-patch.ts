import { memberSpans, type NestedEnds, nestedEnds, type SourceSpan } from '../../http/json-source.js';

/** A JSON text that can be looked into at any depth. */
interface JsonText {
  readonly source: string;
  readonly ends: NestedEnds;
}

/** Text that is ready, or two values that are to be merged. There is no target where the patch adds something. */
type Piece = string | { readonly target: SourceSpan | undefined; readonly patch: SourceSpan };

/**
 * What RFC 7396, 2 makes of a JSON text and a patch, as text: whatever the patch does not touch stays character for
 * character, so that 12345678901234567890 and 1.0 survive. Both texts must be such that `JSON.parse` accepts them.
 * It neither recurses, however deep the texts are, nor builds an object that a member `__proto__` could reach.
 */
export function mergePatch(targetText: string, patchText: string): string {
  const target = jsonText(targetText);
  const patch = jsonText(patchText);
  const merged: string[] = [];
  const waiting: Piece[] = [{ target: whole(target), patch: whole(patch) }];
  for (let piece = waiting.pop(); piece !== undefined; piece = waiting.pop()) {
    if (typeof piece === 'string') merged.push(piece);
    else for (const part of mergedParts(target, patch, piece).reverse()) waiting.push(part);
  }
  return merged.join('');
}

function mergedParts(target: JsonText, patch: JsonText, piece: Exclude<Piece, string>): Piece[] {
  if (!isObject(patch, piece.patch)) return [textOf(patch, piece.patch)];
  const changes = membersOf(patch, piece.patch);
  const members = piece.target !== undefined && isObject(target, piece.target) ? membersOf(target, piece.target) : none;
  const parts: Piece[] = ['{'];
  for (const [name, span] of members) {
    const change = changes.get(name);
    if (change === undefined) addMember(parts, name, textOf(target, span));
    else if (!isNull(patch, change)) addMember(parts, name, { target: span, patch: change });
  }
  for (const [name, change] of changes) {
    if (members.has(name) || isNull(patch, change)) continue;
    addMember(parts, name, { target: undefined, patch: change });
  }
  parts.push('}');
  return parts;
}

const none: ReadonlyMap<string, SourceSpan> = new Map();

function addMember(parts: Piece[], name: string, value: Piece): void {
  parts.push(`${parts.length === 1 ? '' : ','}${JSON.stringify(name)}:`, value);
}

/** What `trim` takes away beyond JSON's white space is in no text that `JSON.parse` accepts. */
function jsonText(text: string): JsonText {
  const source = text.trim();
  return { source, ends: nestedEnds(source) };
}

function whole({ source }: JsonText): SourceSpan {
  return { start: 0, end: source.length };
}

function membersOf({ source, ends }: JsonText, { start }: SourceSpan): ReadonlyMap<string, SourceSpan> {
  return memberSpans(source, start, ends);
}

function textOf({ source }: JsonText, { start, end }: SourceSpan): string {
  return source.slice(start, end);
}

function isObject({ source }: JsonText, { start }: SourceSpan): boolean {
  return source[start] === '{';
}

function isNull({ source }: JsonText, { start }: SourceSpan): boolean {
  return source[start] === 'n';
}
