import { cloneValue } from '../codecs/clone-value.js';
import { copyValue } from '../codecs/copy-value.js';
import { ownBytes } from '../codecs/own-bytes.js';
import { surveyValue } from '../codecs/survey-value.js';
import type { EntryWrite, SurveyedValue } from '../contracts/tier.js';
import type { Millis } from '../contracts/time.js';
import { UnsupportedValueError } from '../errors.js';
import type { ValueSharing } from '../options/cache-options.js';
import { detailsOf } from './make-entry.js';
import type { ReceivedEntry } from './store-records.js';

/** Who holds which copy of a value: the choice of {@link ValueSharing}, as three decisions. */
export interface SharingMode {
  /** Checks a value on its way in, and takes a copy where the mode says so. */
  admit(value: unknown): SurveyedValue;
  /** A value that was just decoded belongs to nobody else yet. */
  received(received: ReceivedEntry, refreshAt: Millis): EntryWrite;
  /** What a reader of a value marked `isMutable` gets. */
  copyForReader(value: unknown): unknown;
  /** Decoded values are frozen. */
  readonly freezesDecoded: boolean;
}

const freezing: SharingMode = {
  admit: (value) => surveyValue(value, { copy: true }),
  received: (received, refreshAt) => writeOf(received, received.isMutable, refreshAt),
  copyForReader: copyValue,
  freezesDecoded: true,
};

const cloning: SharingMode = {
  admit: (value) => marked(surveyValue(value, { copy: true }), isObject(value)),
  received: (received, refreshAt) => writeOf(received, isObject(received.value), refreshAt),
  copyForReader: cloneValue,
  freezesDecoded: false,
};

const sharing: SharingMode = {
  admit: (value) => marked(surveyValue(value, { copy: false }), false),
  received: (received, refreshAt) => writeOf(received, false, refreshAt),
  copyForReader: (value) => value,
  freezesDecoded: false,
};

/** What an object counts whose heap cannot be estimated: an instance of a class, shared in memory alone. */
const nominalSize = 256;

/** Memory alone can keep anything by reference, since nothing has to come back from bytes. */
const sharingAnything: SharingMode = {
  ...sharing,
  admit(value) {
    try {
      return marked(surveyValue(value, { copy: false, keepsSymbolKeys: true }), false);
    } catch (error) {
      if (value === undefined || value instanceof Promise || !(error instanceof UnsupportedValueError)) throw error;
      return { value, isPlainJson: false, isMutable: false, size: nominalSize };
    }
  },
};

export function sharingMode(mode: ValueSharing, hasStore: boolean): SharingMode {
  if (mode === 'freeze') return freezing;
  if (mode === 'clone') return cloning;
  return hasStore ? sharing : sharingAnything;
}

function writeOf({ entry, size }: ReceivedEntry, isMutable: boolean, refreshAt: Millis): EntryWrite {
  const { createdAt, freshUntil, staleUntil, version, loadMillis } = entry;
  const survey = { value: ownBytes(entry.value), isPlainJson: false, isMutable, size };
  return { survey, createdAt, freshUntil, staleUntil, refreshAt, version, details: detailsOf(entry), loadMillis };
}

function marked(survey: SurveyedValue, isMutable: boolean): SurveyedValue {
  return survey.isMutable === isMutable ? survey : { ...survey, isMutable };
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
