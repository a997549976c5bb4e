/** Writes the values with one cache, and reads them with another whose memory is empty. */
export async function roundTrip(library, backEnd, values) {
  const refused = new Set();
  const writer = await library.open({ backEnd, ttlMs: 60_000 });
  for (const [name, value] of Object.entries(values)) {
    try {
      if ((await writer.set(name, value)) === false) refused.add(name);
    } catch {
      refused.add(name);
    }
  }
  await writer.close();
  const reader = await library.open({ backEnd, ttlMs: 60_000 });
  const read = {};
  for (const name of Object.keys(values)) {
    try {
      read[name] = await reader.get(name);
    } catch (error) {
      read[name] = error;
    }
  }
  await reader.close();
  return { read, refused };
}
