/** What a read of an entry may depend on besides its address, by the names that `IncomingMessage.headers` has. */
export interface ReadFields {
  readonly accept?: string | undefined;
  readonly 'if-match'?: string | undefined;
  readonly 'if-none-match'?: string | undefined;
}

/** A class, so that all have one shape. */
class PlainFields implements ReadFields {
  host: string | undefined = undefined;
  accept: string | undefined = undefined;
  authorization: string | undefined = undefined;
  'if-match': string | undefined = undefined;
  'if-none-match': string | undefined = undefined;
  'x-api-key': string | undefined = undefined;
}

/** More are looked at by whoever refuses too many. */
const mostFields = 32;

/**
 * What a plain read looks at, from the list of names and values in turn; `undefined` where there is more to it, such as a
 * body, or a field that is there twice. Node's `headers` would make an object of all fields first. Most names are passed
 * over by their length.
 */
export function plainFields(rawHeaders: readonly string[]): Readonly<PlainFields> | undefined {
  if (rawHeaders.length > 2 * mostFields) return undefined;
  const fields = new PlainFields();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (isOfNoInterest(name.length)) continue;
    if (!take(fields, name.toLowerCase(), rawHeaders[at + 1] as string)) return undefined;
  }
  return fields;
}

function isOfNoInterest(length: number): boolean {
  return ((lengths >>> length) & 1) === 0;
}

const names = ['host', 'accept', 'authorization', 'if-match', 'if-none-match', 'x-api-key'];
/** Of a request with these, somebody has to look at a body, or at what is wrong. */
const namesOfOthers = ['content-length', 'transfer-encoding', 'content-type', 'cache-ttl'];
const lengths = [...names, ...namesOfOthers].reduce((bits, { length }) => bits | (1 << length), 0);

/** False where it is not for a plain read, or there already. */
function take(fields: PlainFields, name: string, value: string): boolean {
  let before: string | undefined;
  switch (name) {
    case 'host':
      before = fields.host;
      fields.host = value;
      break;
    case 'accept':
      before = fields.accept;
      fields.accept = value;
      break;
    case 'authorization':
      before = fields.authorization;
      fields.authorization = value;
      break;
    case 'if-match':
      before = fields['if-match'];
      fields['if-match'] = value;
      break;
    case 'if-none-match':
      before = fields['if-none-match'];
      fields['if-none-match'] = value;
      break;
    case 'x-api-key':
      before = fields['x-api-key'];
      fields['x-api-key'] = value;
      break;
    default:
      return !namesOfOthers.includes(name);
  }
  return before === undefined;
}

/** Is there a field with this name, which is given in lower case? */
export function hasField(rawHeaders: readonly string[], name: string): boolean {
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const given = rawHeaders[at] as string;
    if (given.length === name.length && given.toLowerCase() === name) return true;
  }
  return false;
}
