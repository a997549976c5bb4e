export interface OptionDescription {
  readonly type: 'string' | 'boolean';
  /** It may be given several times. */
  readonly multiple?: boolean;
  readonly short?: string;
  /** What stands for its value in the help. */
  readonly value?: string;
  readonly description: string;
}

export type OptionDescriptions = Readonly<Record<string, OptionDescription>>;

/** A command as its help shows it, and as its parameters are read. */
export interface CommandDescription<Options extends OptionDescriptions = OptionDescriptions> {
  /** Behind `larder`, such as `keys create`. */
  readonly name: string;
  readonly summary: string;
  /** In their order; those in brackets may be left out: `key`, `[value]`. */
  readonly operands: readonly string[];
  readonly options: Options;
  /** What else there is to know, a paragraph each. */
  readonly notes?: readonly string[];
  /** At least one; the first one is shown where something is missing. */
  readonly examples: readonly [string, ...string[]];
}

type ValueOf<Option extends OptionDescription> = Option extends { readonly type: 'boolean' }
  ? boolean
  : Option extends { readonly multiple: true }
    ? readonly string[]
    : string | undefined;

export interface Given<Options extends OptionDescriptions> {
  readonly operands: readonly string[];
  readonly options: { readonly [Name in keyof Options]: ValueOf<Options[Name]> };
}
