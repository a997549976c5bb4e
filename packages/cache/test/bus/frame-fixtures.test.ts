import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type BusAction, bareFrame } from '../../src/bus/frame.js';
import type { FrameHeader } from '../../src/bus/frame-layout.js';
import { readFrame } from '../../src/bus/frame-reader.js';
import { framesOf, headed } from './frames.js';

interface Fixture {
  readonly name: string;
  readonly hex: string;
  readonly expected: Omit<FrameHeader, 'node'> & {
    readonly node: string;
    readonly actions: readonly (BusAction & { readonly message?: string })[];
    readonly tellsMore: boolean;
  };
}

interface Fixtures {
  readonly written: readonly Fixture[];
  readonly later: readonly Fixture[];
  readonly unreadable: readonly { readonly name: string; readonly reason: string; readonly hex: string }[];
}

const file = new URL('../../../../spec/bus-fixtures.json', import.meta.url);
const { written, later, unreadable }: Fixtures = JSON.parse(readFileSync(file, 'utf8'));

const reasons: Readonly<Record<string, RegExp>> = {
  'too-short': /shorter than the header/,
  'no-frame': /no frame of a bus/,
  'unknown-version': /unknown version 2/,
  'reserved-flag': /a flag that is not known/,
  'wrong-length': /a wrong length/,
  'bad-heartbeat': /no heartbeat/,
  'bad-sequence': /no sequence number/,
  'bad-time': /a time that is none/,
  'bad-action': /^An action |^A name is not UTF-8/,
};

const read = (hex: string) => readFrame(Buffer.from(hex, 'hex'), () => true);

function told({ expected }: Fixture): { header: FrameHeader; actions: BusAction[]; tellsMore: boolean } {
  const { actions, tellsMore, node, ...rest } = expected;
  return {
    header: { ...rest, node: Buffer.from(node, 'hex').toString('latin1') },
    actions: actions.map((action) =>
      action.kind === 'message'
        ? { ...action, message: new Uint8Array(Buffer.from(action.message as unknown as string, 'hex')) }
        : action,
    ),
    tellsMore,
  };
}

describe('the fixtures of frames', () => {
  it.each([...written, ...later])('are read: $name', (fixture) => {
    expect(read(fixture.hex)).toEqual({ ok: true, ...told(fixture) });
  });

  it.each(written)('are written to the same bytes: $name', (fixture) => {
    const { header, actions } = told(fixture);
    const [frame] = actions.length === 0 ? [bareFrame()] : framesOf(actions);
    expect(headed(frame, header).toString('hex')).toBe(fixture.hex);
  });

  it.each(unreadable)('are refused with a reason: $name', ({ hex, reason }) => {
    expect(read(hex)).toEqual({ ok: false, reason: expect.stringMatching(reasons[reason] as RegExp) });
  });

  it('have every reason', () => {
    expect(new Set(unreadable.map(({ reason }) => reason))).toEqual(new Set(Object.keys(reasons)));
  });
});
