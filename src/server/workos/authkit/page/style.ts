/** The stylesheet of the sign-in pages: light and dark, from 320 pixels of width, targets of at least 44 pixels. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b1b1f; --soft: #55555f; --paper: #fff; --line: #8a8a94; --accent: #2a49c8; --on: #fff; --bad: #a3101f; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ececf1; --soft: #b3b3bf; --paper: #17171b; --line: #7d7d89; --accent: #a9b8ff; --on: #10101a; --bad: #ff9aa2; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main, footer { max-width: 30rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
footer { color: var(--soft); font-size: .875rem; }
h1 { font-size: 1.5rem; margin: .5rem 0; }
h2 { font-size: 1.125rem; margin: 1.5rem 0 .5rem; }
p { margin: .5rem 0; }
ul { list-style: none; margin: 0; padding: 0; }
li { margin: 0 0 .75rem; }
.detail, .hint { color: var(--soft); font-size: .875rem; display: block; }
label { display: block; margin: .75rem 0 .25rem; font-weight: 600; }
label.choice { display: flex; gap: .5rem; align-items: center; min-height: 44px; font-weight: 400; }
input, select { font: inherit; color: inherit; background: transparent; width: 100%; min-height: 44px; padding: .5rem; border: 1px solid var(--line); border-radius: .375rem; }
select { background: var(--paper); }
input[type=checkbox] { width: 1.5rem; min-height: 1.5rem; flex: none; }
button { font: inherit; text-align: start; width: 100%; min-height: 44px; margin: .5rem 0 0; padding: .5rem .75rem; color: var(--on); background: var(--accent); border: 1px solid var(--accent); border-radius: .375rem; cursor: pointer; overflow-wrap: anywhere; }
button.plain { color: var(--ink); background: transparent; border-color: var(--line); }
a { color: var(--accent); display: inline-block; min-height: 44px; padding: .625rem 0; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
summary { min-height: 44px; padding: .625rem 0; cursor: pointer; }
.error { color: var(--bad); font-weight: 600; }
.note { border-inline-start: 4px solid var(--line); padding-inline-start: .75rem; }
code, output { font-family: ui-monospace, monospace; font-size: 1rem; }
@media (prefers-reduced-motion: reduce) { * { scroll-behavior: auto; transition: none; animation: none; } }
`;
