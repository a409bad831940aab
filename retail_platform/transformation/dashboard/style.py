"""The page's style sheet: readable on a phone, in the dark, and in print."""

from __future__ import annotations

CSS = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --quiet: #667; --line: #dde1e6;
  --pass: #2a9d62; --warn: #e0a100; --fail: #d1383d; --none: #e9ecef; --bar: #4573d2; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --paper: #14171b; --quiet: #98a0aa; --line: #2c3238;
  --none: #262b31; --bar: #7aa2ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1080px; padding: 16px; font: 15px/1.5 system-ui, sans-serif; color: var(--ink);
  background: var(--paper); }
h1 { font-size: 22px; margin: 0; } h2 { font-size: 17px; margin: 32px 0 8px; }
.quiet { color: var(--quiet); font-weight: normal; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(120px, 1fr)); gap: 8px; margin: 16px 0; }
.tile { border: 1px solid var(--line); border-left: 4px solid var(--none); border-radius: 6px; padding: 8px 12px; }
.tile b { display: block; font-size: 24px; line-height: 1.2; }
.tile.pass { border-left-color: var(--pass); } .tile.warn { border-left-color: var(--warn); }
.tile.fail { border-left-color: var(--fail); }
.row { display: flex; align-items: center; gap: 8px; padding: 3px 0; border-bottom: 1px solid var(--line); }
.row .name { flex: 1; min-width: 0; overflow-wrap: anywhere; }
.cells { display: grid; grid-template-columns: repeat(14, minmax(0, 1fr)); gap: 2px;
  width: min(46%, 340px); flex: none; }
.cells i { height: 16px; border-radius: 3px; background: var(--none); }
.cells i.pass { background: var(--pass); } .cells i.warn { background: var(--warn); }
.cells i.fail { background: var(--fail); }
.cells span { font-size: 9px; text-align: center; overflow: hidden; color: var(--quiet); }
details > summary { cursor: pointer; list-style: none; }
details > summary::before { content: "▸ "; color: var(--quiet); }
details[open] > summary::before { content: "▾ "; }
summary .row { display: inline-flex; width: calc(100% - 20px); }
details .row .name { font-size: 13px; } summary .row .name { font-size: 15px; }
.finding { border: 1px solid var(--line); border-left: 4px solid var(--warn); border-radius: 6px; padding: 8px 12px;
  margin: 8px 0; }
.finding.fail { border-left-color: var(--fail); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: 13px; width: 100%; }
th, td { text-align: left; padding: 4px 8px; border-bottom: 1px solid var(--line); white-space: nowrap; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
td.bad { color: var(--fail); font-weight: 600; } td.good { color: var(--pass); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 12px; background: var(--none); padding: 8px;
  border-radius: 6px; margin: 4px 0; }
figure { margin: 8px 0; } figcaption { font-weight: 600; } svg { width: 100%; max-width: 720px; height: auto; }
.bar { fill: var(--bar); } .grid { stroke: var(--line); } .axis { fill: var(--quiet); font-size: 12px; }
"""
