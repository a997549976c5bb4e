/** What changes the files of a stage, in its order. */
export type Step =
  | { readonly kind: 'workdir'; readonly path: string }
  | {
      readonly kind: 'copy';
      readonly from: string | undefined;
      readonly sources: readonly string[];
      readonly to: string;
    }
  | { readonly kind: 'run'; readonly command: string };

export interface Stage {
  readonly base: string;
  readonly name: string | undefined;
  readonly steps: readonly Step[];
  readonly environment: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly user: string | undefined;
  readonly volumes: readonly string[];
  readonly ports: readonly number[];
  readonly entrypoint: readonly string[];
  readonly healthCheck: readonly string[];
}

type Writable<Type> = { -readonly [Name in keyof Type]: Type[Name] };
type Draft = Writable<Stage> & { steps: Step[] };

/**
 * The stages of a Dockerfile, as far as ours needs it.
 *
 * @throws Error at whatever it does not know, so that nothing is passed over in silence
 */
export function parseDockerfile(text: string): readonly Stage[] {
  const stages: Draft[] = [];
  for (const line of instructionLines(text)) {
    const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/s.exec(line) ?? [];
    if (name === 'FROM') {
      stages.push(newStage(rest));
      continue;
    }
    const stage = stages.at(-1);
    const apply = instructions[name];
    if (stage === undefined || apply === undefined) throw new Error(`This check cannot follow: ${line}`);
    apply(stage, rest);
  }
  return stages;
}

/** Without comments, and each instruction in a line. */
function instructionLines(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function newStage(text: string): Draft {
  const [, base, name] = /^(\S+)(?: AS (\S+))?$/.exec(text) ?? [];
  if (base === undefined) throw new Error(`This check cannot follow: FROM ${text}`);
  return {
    base,
    name,
    steps: [],
    environment: {},
    labels: {},
    user: undefined,
    volumes: [],
    ports: [],
    entrypoint: [],
    healthCheck: [],
  };
}

const instructions: Readonly<Record<string, (stage: Draft, text: string) => void>> = {
  WORKDIR: (stage, path) => void stage.steps.push({ kind: 'workdir', path }),
  RUN: (stage, command) => {
    if (/^(?:\[|--|<<)/.test(command)) throw new Error(`This check knows RUN in its shell form alone: ${command}`);
    stage.steps.push({ kind: 'run', command });
  },
  COPY: (stage, text) => void stage.steps.push(parseCopy(text)),
  ENV: (stage, text) => {
    stage.environment = { ...stage.environment, ...parsePairs(text) };
  },
  LABEL: (stage, text) => {
    stage.labels = { ...stage.labels, ...parsePairs(text) };
  },
  USER: (stage, user) => {
    stage.user = user;
  },
  VOLUME: (stage, path) => {
    stage.volumes = [...stage.volumes, path];
  },
  EXPOSE: (stage, port) => {
    stage.ports = [...stage.ports, Number(port)];
  },
  ENTRYPOINT: (stage, text) => {
    stage.entrypoint = parseExecForm(text);
  },
  HEALTHCHECK: (stage, text) => {
    const [, command = ''] = /^(?:--[a-z-]+=\S+\s+)*CMD\s+(.*)$/.exec(text) ?? [];
    stage.healthCheck = parseExecForm(command);
  },
};

function parseCopy(text: string): Step {
  const words = text.split(/\s+/);
  const from = words[0]?.startsWith('--from=') ? words.shift()?.slice('--from='.length) : undefined;
  const to = words.pop();
  if (to === undefined || words.length === 0 || words.some((word) => /^--|[*?[]/.test(word)))
    throw new Error(`This check cannot follow: COPY ${text}`);
  return { kind: 'copy', from, sources: words, to };
}

function parsePairs(text: string): Readonly<Record<string, string>> {
  const pairs = [...text.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S+))(?:\s+|$)/g)];
  if (pairs.map(([pair]) => pair).join('') !== text || text.includes('$')) throw new Error(`Not understood: ${text}`);
  return Object.fromEntries(pairs.map(([, name, quoted, plain]) => [name, quoted ?? plain]));
}

/** The shell of the other form would be the process that a signal reaches. */
function parseExecForm(text: string): readonly string[] {
  const words: unknown = text.startsWith('[') ? JSON.parse(text) : undefined;
  if (!Array.isArray(words) || !words.every((word) => typeof word === 'string'))
    throw new Error(`This is no exec form: ${text}`);
  return words;
}
