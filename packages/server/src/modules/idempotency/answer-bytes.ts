import type { GivenAnswer } from '../../http/exchange.js';

type KeptAnswer = Pick<GivenAnswer, 'status' | 'fields' | 'body'>;

const lengthBytes = 4;

/** An answer as bytes: the length of its head, the head as JSON, the body. */
export function answerToBytes({ status, fields, body }: KeptAnswer): Uint8Array {
  const head = Buffer.from(JSON.stringify({ status, fields, hasBody: body !== undefined }));
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, typeof body === 'string' ? Buffer.from(body) : (body ?? Buffer.alloc(0))]);
}

export function answerFromBytes(bytes: Uint8Array): KeptAnswer {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bodyStart = lengthBytes + buffer.readUInt32BE(0);
  const head = JSON.parse(buffer.toString('utf8', lengthBytes, bodyStart));
  const { status, fields, hasBody } = head as { status: number; fields: string[]; hasBody: boolean };
  return { status, fields, body: hasBody ? buffer.subarray(bodyStart) : undefined };
}
