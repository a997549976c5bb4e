/** One step of a pattern: any run of characters, any one character, or this very character. */
type Step =
  | { readonly kind: 'run' }
  | { readonly kind: 'any' }
  | { readonly kind: 'literal'; readonly character: string };

/** A key pattern, read once. */
export interface KeyPattern {
  /** What every matching key begins with: lets a store scan less. */
  readonly literalPrefix: string;
  matches(key: string): boolean;
}

/**
 * Reads a pattern: `*` any run of characters, `?` any one, `\` takes the next one literally.
 * Not a regular expression, on purpose: matching takes at most (key length x pattern length) steps, whoever wrote it.
 */
export function keyPattern(pattern: string): KeyPattern {
  const steps = readSteps(pattern);
  const wild = steps.findIndex((step) => step.kind !== 'literal');
  const literals = wild === -1 ? steps : steps.slice(0, wild);
  return {
    literalPrefix: literals.map((step) => (step.kind === 'literal' ? step.character : '')).join(''),
    matches: (key) => matchesSteps([...key], steps),
  };
}

function readSteps(pattern: string): Step[] {
  const characters = [...pattern];
  const steps: Step[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string;
    if (character === '*') {
      if (steps.at(-1)?.kind !== 'run') steps.push({ kind: 'run' });
    } else if (character === '?') {
      steps.push({ kind: 'any' });
    } else if (character === '\\' && at + 1 < characters.length) {
      at++;
      steps.push({ kind: 'literal', character: characters[at] as string });
    } else {
      steps.push({ kind: 'literal', character });
    }
  }
  return steps;
}

/** Greedy matching with one point to fall back to: a later `*` makes the earlier ones' choices irrelevant. */
function matchesSteps(characters: readonly string[], steps: readonly Step[]): boolean {
  let at = 0;
  let stepAt = 0;
  let runStep = -1;
  let runAt = 0;
  while (at < characters.length) {
    const step = steps[stepAt];
    if (step?.kind === 'run') {
      runStep = stepAt++;
      runAt = at;
    } else if (step !== undefined && (step.kind === 'any' || step.character === characters[at])) {
      stepAt++;
      at++;
    } else if (runStep !== -1) {
      stepAt = runStep + 1;
      at = ++runAt;
    } else {
      return false;
    }
  }
  while (steps[stepAt]?.kind === 'run') stepAt++;
  return stepAt === steps.length;
}
