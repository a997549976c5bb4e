/** Where variables come from, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

export type Interpolated =
  | { readonly text: string; readonly isInterpolated: boolean }
  | { readonly reason: string; readonly example?: string };

const generalExample = `\${NAME:default}`;

/**
 * Puts variables into a text: `${NAME}` must be set, `${NAME:default}` need not be; `$${` stands for `${` itself.
 *
 * Only ever called with one value of a file that was parsed before, so that a variable cannot add lines, names or
 * structure to it. What a variable holds is not looked at again.
 */
export function interpolate(text: string, environment: Environment): Interpolated {
  const parts: string[] = [];
  let isInterpolated = false;
  let end = 0;
  for (const { index, 0: opening } of text.matchAll(/\$?\$\{/g)) {
    parts.push(text.slice(end, index));
    end = index + opening.length;
    if (opening === '$${') {
      parts.push('${');
      continue;
    }
    const close = text.indexOf('}', end);
    if (close < 0) return { reason: `has \${ without }`, example: generalExample };
    const found = lookUp(text.slice(end, close), environment);
    if ('reason' in found) return found;
    parts.push(found.text);
    isInterpolated ||= found.isInterpolated;
    end = close + 1;
  }
  return { text: parts.join('') + text.slice(end), isInterpolated };
}

function lookUp(expression: string, environment: Environment): Interpolated {
  const [, name, colon, byDefault = ''] = /^([a-z_]\w*)(?:(:)(.*))?$/is.exec(expression) ?? [];
  if (name === undefined) return { reason: `has \${…} without the name of a variable`, example: generalExample };
  if (byDefault.includes('${'))
    return { reason: `has \${ within \${…}: a default is plain text`, example: generalExample };
  // As in a shell, where a hyphen follows the colon.
  if (byDefault.startsWith('-'))
    return { reason: 'has a default that begins with a hyphen', example: `\${${name}:default}` };
  // Not every object is made without a prototype: ${constructor} is no variable.
  const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
  if (value !== undefined) return { text: value, isInterpolated: true };
  if (colon !== undefined) return { text: byDefault, isInterpolated: false };
  return { reason: `needs the environment variable ${name}, which is not set`, example: `\${${name}:default}` };
}
