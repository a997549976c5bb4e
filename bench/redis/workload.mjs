/** A value whose JSON has `bytes` characters. */
export function documentOf(bytes, at) {
  const value = { id: at, name: 'Ada Lovelace', email: 'ada@example.org', note: '' };
  return { ...value, note: 'x'.repeat(Math.max(0, bytes - JSON.stringify(value).length)) };
}

/**
 * Keeps `inFlight` calls under way for about `millis` and answers what one call took of the clock and of this process's
 * own time, in microseconds. `work(number)` is one call.
 */
export async function measureCalls(work, { inFlight, millis }) {
  let calls = 0;
  const until = performance.now() + millis;
  const cpuBefore = process.cpuUsage();
  const begin = performance.now();
  const worker = async () => {
    while (performance.now() < until) await work(calls++);
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  const micros = (performance.now() - begin) * 1_000;
  const cpu = process.cpuUsage(cpuBefore);
  return { micros: micros / calls, cpuMicros: (cpu.user + cpu.system) / calls };
}
