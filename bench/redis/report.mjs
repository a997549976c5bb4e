import { interleavedRounds, median, medianRatio, showProgress } from '../rounds.mjs';

/** Runs the contestants in turn and prints a table: how often a second, how much of the processor, and the ratios. */
export async function compare(title, contestants, measure, { rounds, reference = contestants[0].name }) {
  const samples = await interleavedRounds(contestants, measure, { rounds, warmUps: 2, progress: showProgress(title) });
  const of = (name, what) => samples.get(name).map((sample) => sample[what]);
  console.log(`\n${title}\n`);
  console.log('| contestant | version | a second | ratio | µs of CPU | ratio |');
  console.log('|---|---|---:|---:|---:|---:|');
  for (const { name, version } of contestants) {
    const micros = of(name, 'micros');
    const cpu = of(name, 'cpuMicros');
    const ratio = medianRatio(of(reference, 'micros'), micros).toFixed(2);
    const cpuRatio = medianRatio(of(reference, 'cpuMicros'), cpu).toFixed(2);
    const rate = Math.round(1e6 / median(micros)).toLocaleString('en');
    console.log(`| ${name} | ${version} | ${rate} | ${ratio} | ${median(cpu).toFixed(1)} | ${cpuRatio} |`);
  }
}
