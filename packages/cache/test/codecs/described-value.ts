/** How the fixtures tell a value in words that every language has; spec/envelope.md lists them. */
export interface Description {
  readonly type: string;
  readonly is?: string | boolean;
  readonly utf16?: string;
  readonly hex?: string;
  readonly millis?: number | null;
  readonly source?: string;
  readonly flags?: string;
  readonly lastIndex?: number;
  readonly items?: readonly Description[];
  readonly entries?: readonly (readonly [Description, Description])[];
  readonly members?: readonly (readonly [string, Description])[];
}

const views = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
};

/** The value that a fixture describes, built without the codecs. */
export function describedValue(description: Description): unknown {
  const { type, items = [], entries = [] } = description;
  if (description.hex !== undefined) return binaryOf(type, Buffer.from(description.hex, 'hex'));
  switch (type) {
    case 'array':
      return arrayOf(items);
    case 'object':
      return withMembers({}, description);
    case 'null-prototype':
      return withMembers(Object.create(null) as object, description);
    case 'map':
      return new Map(entries.map(([key, item]) => [describedValue(key), describedValue(item)]));
    case 'set':
      return new Set(items.map(describedValue));
    default:
      return scalarOf(description);
  }
}

function scalarOf(description: Description): unknown {
  const { type, is, millis, source = '', flags } = description;
  switch (type) {
    case 'null':
      return null;
    case 'undefined':
      return undefined;
    case 'boolean':
      return is;
    case 'number':
      return Number(is);
    case 'bigint':
      return BigInt(String(is));
    case 'string':
      return Buffer.from(description.utf16 ?? '', 'hex')
        .swap16()
        .toString('utf16le');
    case 'date':
      return new Date(millis ?? Number.NaN);
    case 'regexp':
      return Object.assign(new RegExp(source, flags), { lastIndex: description.lastIndex });
    default:
      throw new Error(`The fixtures have the unknown type ${type}.`);
  }
}

function binaryOf(type: string, bytes: Buffer): unknown {
  if (type === 'Buffer') return bytes;
  const buffer = new Uint8Array(bytes).buffer;
  return type === 'ArrayBuffer'
    ? buffer
    : new (views[type as keyof typeof views] as new (source: ArrayBuffer) => ArrayBufferView)(buffer);
}

function arrayOf(items: readonly Description[]): unknown[] {
  const array = new Array<unknown>(items.length);
  for (const [index, item] of items.entries()) if (item.type !== 'hole') array[index] = describedValue(item);
  return array;
}

function withMembers(object: object, { members = [] }: Description): object {
  for (const [key, item] of members) {
    const value = describedValue(item);
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  }
  return object;
}
