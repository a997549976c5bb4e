/** Keys of one type: those that begin with `start`, or that one key. */
export interface KeyTypeRule {
  readonly type: string;
  readonly start: string;
  readonly isWhole: boolean;
}

/** Counts reads by the type of their keys. Of a key it keeps nothing. */
export interface KeyTypeCounts {
  hit(key: string): void;
  miss(key: string): void;
  read(): readonly { readonly type: string; readonly hits: number; readonly misses: number }[];
}

/** The type of what no rule names. */
export const otherKeys = 'other';

const noKeyTypes: KeyTypeCounts = Object.freeze({ hit() {}, miss() {}, read: () => [] });

/** The first rule that holds counts. */
export function createKeyTypeCounts(rules: readonly KeyTypeRule[]): KeyTypeCounts {
  if (rules.length === 0) return noKeyTypes;
  const types = [...new Set([...rules.map(({ type }) => type), otherKeys])];
  const hits = new Float64Array(types.length);
  const misses = new Float64Array(types.length);
  const places = rules.map(({ type }) => types.indexOf(type));

  /** Without an iterator: every read comes here. */
  function placeOf(key: string): number {
    for (let at = 0; at < rules.length; at++) {
      const rule = rules[at] as KeyTypeRule;
      if (rule.isWhole ? key === rule.start : key.startsWith(rule.start)) return places[at] ?? 0;
    }
    return types.length - 1;
  }

  return {
    hit(key) {
      const place = placeOf(key);
      hits[place] = (hits[place] ?? 0) + 1;
    },
    miss(key) {
      const place = placeOf(key);
      misses[place] = (misses[place] ?? 0) + 1;
    },
    read: () => types.map((type, at) => ({ type, hits: hits[at] ?? 0, misses: misses[at] ?? 0 })),
  };
}
