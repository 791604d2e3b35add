/** How a report looks; light and dark, on paper too. */
export const styles = `
:root { color-scheme: light dark; --ink: #1b2430; --soft: #5a6675; --line: #d9dfe6; --ground: #fff; --panel: #f5f7f9; --good: #0b6b3a; --bad: #b3261e; --mark: #fdecea; --accent: #1f5fa8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaef; --soft: #a3afbd; --line: #38424e; --ground: #14181d; --panel: #1c2229; --good: #6fcf97; --bad: #ff9a91; --mark: #3a1f1d; --accent: #8ab8f0; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 72rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.25rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
p { margin: .25rem 0 .75rem; }
.soft, small { color: var(--soft); }
.verdict { border-left: .4rem solid var(--good); background: var(--panel); padding: .75rem 1rem; margin: 1rem 0; font-size: 1.05rem; }
.verdict.bad { border-color: var(--bad); }
.phi { border: 1px solid var(--bad); padding: .6rem 1rem; margin: 1rem 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--soft); font-size: .85rem; white-space: nowrap; }
.metrics td:nth-child(2), .metrics td:nth-child(3), .metrics td:nth-child(4), .numbers td:not(:first-child) { white-space: nowrap; font-variant-numeric: tabular-nums; }
.metrics td:first-child { width: 60%; }
.metrics td:nth-child(n + 2) { width: 13%; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
.met { color: var(--good); }
.missed { color: var(--bad); font-weight: 600; }
.bar { display: inline-block; width: 10rem; max-width: 30vw; height: .6rem; background: var(--line); vertical-align: middle; }
.bar > span { display: block; height: 100%; background: var(--good); }
.bar.low > span { background: var(--bad); }
details { border-top: 1px solid var(--line); padding: .4rem 0; }
summary { cursor: pointer; font-weight: 600; }
.failure { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 0 1.5rem; padding: .75rem 0; border-bottom: 1px solid var(--line); }
.failure > :first-child { grid-column: 1 / -1; margin: 0 0 .35rem; }
.failure .sentence { align-self: start; background: var(--mark); padding: .5rem .75rem; }
.failure .evidence { background: var(--panel); padding: .5rem .75rem; overflow-wrap: anywhere; }
.evidence ul, .draft ul { margin: .15rem 0 .5rem; padding-left: 1.1rem; }
.draft li { margin: .15rem 0; }
.draft .refs { color: var(--soft); font-size: .85em; }
@media (max-width: 45rem) { .failure { grid-template-columns: 1fr; } }
@media print { details { break-inside: avoid; } body { font-size: 11px; } }
`;
