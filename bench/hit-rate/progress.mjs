const cells = 30;

/** Draws only where somebody can see it: on a terminal, on standard error. */
export function progressBar(total, stream = process.stderr) {
  if (!stream.isTTY) return { step() {}, end() {} };
  let done = 0;
  return {
    step(label) {
      const filled = Math.round((cells * done++) / total);
      stream.write(`\r\x1b[2K[${'#'.repeat(filled)}${'.'.repeat(cells - filled)}] ${done}/${total} ${label}`);
    },
    end() {
      stream.write('\r\x1b[2K');
    },
  };
}
