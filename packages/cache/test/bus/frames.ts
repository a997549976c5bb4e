import { type BusAction, writeHeader } from '../../src/bus/frame.js';
import type { FrameHeader } from '../../src/bus/frame-layout.js';
import { FrameWriter } from '../../src/bus/frame-writer.js';

function write(writer: FrameWriter, action: BusAction): boolean {
  switch (action.kind) {
    case 'tags-invalidated':
      return writer.tagsInvalidated(action.namespace, action.tags, action.time, action.remove);
    case 'cleared':
      return writer.cleared(action.namespace, action.time);
    case 'message':
      return writer.message(action.namespace, action.channel, action.message);
    default:
      return writer.names(action.kind, action.namespace, action.names);
  }
}

/** Frames without headers that tell these actions. */
export function framesOf(actions: readonly BusAction[]): Buffer[] {
  const writer = new FrameWriter();
  for (const action of actions) {
    if (!write(writer, action)) throw new Error(`It fits into no frame: ${action.kind}.`);
  }
  return writer.take();
}

export function headed(frame: Buffer | undefined, header: FrameHeader): Buffer {
  if (frame === undefined) throw new Error('There is no such frame.');
  writeHeader(frame, header);
  return frame;
}
