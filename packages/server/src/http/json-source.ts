/** Where a value stands in a JSON text: from `start` to before `end`, without white space around it. */
export interface SourceSpan {
  readonly start: number;
  readonly end: number;
}

/*
 * These readers walk over a text that `JSON.parse` has accepted. They find where a value stands, so that it can be
 * stored as it was written: parsing and printing would turn 12345678901234567890 into 12345678901234567000, and 1.0
 * into 1.
 */

/** Where the object or array ends that begins at a place of a text. */
export type NestedEnds = Uint32Array;

/**
 * Found in one walk. Whoever looks into values at every depth hands them on: without them each level is walked through
 * again for every level above it.
 */
export function nestedEnds(source: string): NestedEnds {
  const ends = new Uint32Array(source.length);
  const open: number[] = [];
  let at = 0;
  while (at < source.length) {
    const character = source[at];
    if (character === '"') {
      at = endOfString(source, at);
      continue;
    }
    if (character === '{' || character === '[') open.push(at);
    else if (character === '}' || character === ']') ends[open.pop() ?? 0] = at + 1;
    at++;
  }
  return ends;
}

/** The members of the object that begins at `start`, by name. The last of a repeated name counts, as in JSON.parse. */
export function memberSpans(source: string, start: number, ends?: NestedEnds): ReadonlyMap<string, SourceSpan> {
  const members = new Map<string, SourceSpan>();
  let at = skipSpace(source, skipSpace(source, start) + 1);
  while (source[at] !== '}') {
    const nameEnd = endOfString(source, at);
    const name = JSON.parse(source.slice(at, nameEnd)) as string;
    const span = spanFrom(source, skipSpace(source, nameEnd) + 1, ends);
    members.set(name, span);
    at = nextItem(source, span.end);
  }
  return members;
}

/** The elements of the array that begins at `start`. */
export function elementSpans(source: string, start: number): readonly SourceSpan[] {
  const elements: SourceSpan[] = [];
  let at = skipSpace(source, skipSpace(source, start) + 1);
  while (source[at] !== ']') {
    const span = spanFrom(source, at);
    elements.push(span);
    at = nextItem(source, span.end);
  }
  return elements;
}

function spanFrom(source: string, from: number, ends?: NestedEnds): SourceSpan {
  const start = skipSpace(source, from);
  return { start, end: endOfValue(source, start, ends) };
}

/** Past the comma behind an item, or at the closing bracket. */
function nextItem(source: string, from: number): number {
  const at = skipSpace(source, from);
  return source[at] === ',' ? skipSpace(source, at + 1) : at;
}

function endOfValue(source: string, start: number, ends: NestedEnds | undefined): number {
  const first = source[start];
  if (first === '"') return endOfString(source, start);
  if (first === '{' || first === '[') return ends?.[start] ?? endOfNested(source, start);
  let at = start;
  while (at < source.length && !endsLiteral(source.charCodeAt(at))) at++;
  return at;
}

function endOfNested(source: string, start: number): number {
  let depth = 0;
  let at = start;
  do {
    const character = source[at];
    if (character === '"') {
      at = endOfString(source, at);
      continue;
    }
    if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') depth--;
    at++;
  } while (depth > 0);
  return at;
}

function endOfString(source: string, start: number): number {
  let quote = source.indexOf('"', start + 1);
  while (isEscaped(source, quote)) quote = source.indexOf('"', quote + 1);
  return quote + 1;
}

function isEscaped(source: string, at: number): boolean {
  let slashes = 0;
  while (source[at - 1 - slashes] === '\\') slashes++;
  return slashes % 2 === 1;
}

function endsLiteral(code: number): boolean {
  return code === 0x2c /* , */ || code === 0x7d /* } */ || code === 0x5d /* ] */ || isSpace(code);
}

function skipSpace(source: string, from: number): number {
  let at = from;
  while (isSpace(source.charCodeAt(at))) at++;
  return at;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
