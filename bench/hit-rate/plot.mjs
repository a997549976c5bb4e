const width = 760;
const height = 440;
const plot = { left: 64, right: 600, top: 48, bottom: 384 };
const styles = [
  { colour: '#7f7f7f', dash: '' },
  { colour: '#d95f02', dash: '' },
  { colour: '#1b62b5', dash: '' },
  { colour: '#111111', dash: '2 5' },
  { colour: '#2a9d3a', dash: '8 4' },
];

/** Hit rate over capacity, one line a policy. Capacities stand on a logarithmic axis: they usually double and more. */
export function svgPlot(trace, rows, policies) {
  const capacities = rows.map(({ capacity }) => capacity);
  const top = niceTop(Math.max(...rows.flatMap(({ rates }) => policies.map((policy) => rates[policy]))));
  const y = (rate) => round(plot.bottom - (rate / top) * (plot.bottom - plot.top));
  const x = horizontal(capacities);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13">`,
    `<title>${trace}: hit rate over capacity</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="${plot.left}" y="28" font-size="17" font-weight="600">${trace}</text>`,
  ];
  for (let step = 0; step <= 5; step++) {
    const rate = (top / 5) * step;
    parts.push(`<line x1="${plot.left}" x2="${plot.right}" y1="${y(rate)}" y2="${y(rate)}" stroke="#e2e2e2"/>`);
    parts.push(`<text x="${plot.left - 8}" y="${y(rate) + 4}" text-anchor="end">${round(rate)} %</text>`);
  }
  for (const capacity of capacities) {
    parts.push(
      `<line x1="${x(capacity)}" x2="${x(capacity)}" y1="${plot.bottom}" y2="${plot.bottom + 5}" stroke="#333333"/>`,
    );
    parts.push(`<text x="${x(capacity)}" y="${plot.bottom + 21}" text-anchor="middle">${capacity} %</text>`);
  }
  parts.push(`<line x1="${plot.left}" x2="${plot.right}" y1="${plot.bottom}" y2="${plot.bottom}" stroke="#333333"/>`);
  parts.push(
    `<text x="${(plot.left + plot.right) / 2}" y="${plot.bottom + 44}" text-anchor="middle">capacity, share of the distinct keys</text>`,
  );
  policies.forEach((policy, index) => {
    const { colour, dash } = styles[index % styles.length];
    const stroke = `stroke="${colour}" stroke-width="2.2"${dash && ` stroke-dasharray="${dash}"`}`;
    const points = rows.map(({ capacity, rates }) => `${x(capacity)},${y(rates[policy])}`);
    parts.push(`<polyline fill="none" ${stroke} points="${points.join(' ')}"/>`);
    for (const point of points) {
      const [cx, cy] = point.split(',');
      parts.push(`<circle cx="${cx}" cy="${cy}" r="3.2" fill="${colour}"/>`);
    }
    const legend = plot.top + 12 + 24 * index;
    parts.push(`<line x1="${plot.right + 24}" x2="${plot.right + 54}" y1="${legend}" y2="${legend}" ${stroke}/>`);
    parts.push(`<text x="${plot.right + 62}" y="${legend + 4}">${policy}</text>`);
  });
  return `${parts.join('\n')}\n</svg>\n`;
}

function horizontal(capacities) {
  const least = Math.log(Math.min(...capacities));
  const span = Math.log(Math.max(...capacities)) - least;
  const inner = plot.right - plot.left - 48;
  return (capacity) => round(plot.left + 24 + (span === 0 ? inner / 2 : ((Math.log(capacity) - least) / span) * inner));
}

function niceTop(rate) {
  return [5, 10, 20, 25, 50, 75].find((top) => rate <= top) ?? 100;
}

const round = (number) => Math.round(number * 10) / 10;
