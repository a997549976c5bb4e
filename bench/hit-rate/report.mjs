/** Rows: { trace, capacity (percent), rates: { policy: percent } } */
export function markdownTable(rows, policies) {
  const [baseline] = policies;
  const lines = [
    `| trace | capacity | ${policies.join(' | ')} |`,
    `|---|---:|${policies.map(() => '---:|').join('')}`,
    ...rows.map(({ trace, capacity, rates }) =>
      line(
        trace,
        `${capacity} %`,
        policies.map((policy) => rates[policy].toFixed(2)),
      ),
    ),
  ];
  const mean = (policy) => rows.reduce((sum, { rates }) => sum + rates[policy], 0) / rows.length;
  lines.push(
    line(
      '**mean**',
      '',
      policies.map((policy) => mean(policy).toFixed(2)),
    ),
  );
  lines.push(
    line(
      `**over ${baseline}**`,
      '',
      policies.map((policy) => signed(mean(policy) - mean(baseline))),
    ),
  );
  lines.push(
    line(
      '**worst cell**',
      '',
      policies.map((policy) => worstCell(rows, policy, baseline)),
    ),
  );
  return `${lines.join('\n')}\n`;
}

function worstCell(rows, policy, baseline) {
  const [worst] = rows
    .map(({ trace, capacity, rates }) => ({ trace, capacity, difference: rates[policy] - rates[baseline] }))
    .sort((one, other) => one.difference - other.difference);
  return policy === baseline ? '' : `${signed(worst.difference)} (${worst.trace}, ${worst.capacity} %)`;
}

const line = (trace, capacity, cells) => `| ${trace} | ${capacity} | ${cells.join(' | ')} |`;
const signed = (number) =>
  `${number < 0 && number.toFixed(2) !== '-0.00' ? '' : '+'}${number.toFixed(2).replace('-0.00', '0.00')}`;
