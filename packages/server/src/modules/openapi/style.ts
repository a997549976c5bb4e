export const style = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; color: #1b1f24; background: #fff; }
h1, h2, h3 { line-height: 1.2; }
article { border-top: 1px solid #d0d7de; padding: 0.5rem 0 1rem; }
nav ul { list-style: none; padding: 0; }
code, pre { font: 0.875rem/1.45 ui-monospace, monospace; overflow-wrap: anywhere; }
pre { background: #f3f5f7; padding: 0.75rem; white-space: pre-wrap; }
table { border-collapse: collapse; width: 100%; }
td, th { border: 1px solid #d0d7de; padding: 0.25rem 0.5rem; text-align: left; vertical-align: top; }
small { color: #57606a; }
a { color: #0550ae; }
@media (prefers-color-scheme: dark) {
  body { color: #e6edf3; background: #0d1117; }
  pre { background: #161b22; }
  small { color: #9aa4af; }
  a { color: #79b8ff; }
}
`;
