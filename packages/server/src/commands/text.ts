/** Control and formatting characters: what could move the cursor of a terminal, or turn the direction of a line. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Text from elsewhere, such as a key or a name, as a line of a terminal may show it. */
export function printable(text: string): string {
  return text.replace(unprintable, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** Each column as wide as its widest cell; cells are printed as they are. */
export function inColumns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `90` gives `1 min 30 s`. */
export function spokenSeconds(seconds: number): string {
  const units = [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
    ['s', 1],
  ] as const;
  let left = Math.round(seconds);
  const parts: string[] = [];
  for (const [unit, length] of units) {
    if (left >= length) parts.push(`${Math.floor(left / length)} ${unit}`);
    left %= length;
  }
  return parts.slice(0, 2).join(' ') || '0 s';
}

const wholeKey = /lrd_live_([0-9A-Za-z]{10})_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}/g;

/** Without the secret part of any API key in it, nor any of `keys`, whatever they look like. */
export function withoutSecrets(text: string, keys: readonly (string | undefined)[]): string {
  const safe = text.replace(wholeKey, 'lrd_live_$1_…');
  // What is shorter is no key, and may be a part of any word.
  return keys.reduce<string>((left, key = '') => (key.length < 8 ? left : left.replaceAll(key, '…')), safe);
}
