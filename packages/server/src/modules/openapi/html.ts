/** Text that is HTML already. */
export interface Html {
  readonly html: string;
}

type Content = string | number | Html | readonly Html[] | undefined;

/** A template in which all that is put in is escaped, unless it is HTML already. */
export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Html {
  return { html: parts.map((part, at) => part + rendered(contents[at])).join('') };
}

function rendered(content: Content): string {
  if (content === undefined) return '';
  if (typeof content !== 'object') return escaped(String(content));
  return 'html' in content ? content.html : content.map((item) => item.html).join('\n');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
