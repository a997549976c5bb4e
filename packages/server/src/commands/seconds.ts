import { UsageError } from './command.js';

const units = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** `90`, `90s`, `10m`, `2h` or `7d`. @throws UsageError */
export function secondsIn(option: string, text: string): number {
  const [, count, unit = 's'] = /^(\d{1,10})([smhd])?$/.exec(text) ?? [];
  if (count !== undefined) return Number(count) * units[unit as keyof typeof units];
  throw new UsageError(`${option} is no length of time: write 90, 90s, 10m, 2h or 7d.`);
}
