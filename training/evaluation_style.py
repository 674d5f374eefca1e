"""How the report of an evaluation looks: that of a data set with charts, panels and a headline. CSS only."""

from __future__ import annotations

from backend.html_pages import STYLE as PAGE_STYLE
from backend.report_style import HEAD as HEAD
from training.report_style import STYLE as REPORT_STYLE

STYLE = (
    PAGE_STYLE
    + REPORT_STYLE
    + """
:root{--c0:#0072b2;--c1:#d55e00;--c2:#a3528b;--c3:#00876a;--c4:#6b6b66;--c5:#9a6b00;--shade:#0067a3;--missed:#c24e00}
@media (prefers-color-scheme:dark){:root{--c0:#56b4e9;--c1:#f0915a;--c2:#dc9cc4;--c3:#3fc79c;--c4:#a9aeb4;--c5:#e6b94c;
--shade:#3f97d1;--missed:#e07b3e}}
svg.chart{width:100%;height:auto}svg.chart text{font-size:11.5px}svg.chart .title{fill:var(--ink);font-size:12px}
svg.chart .name,svg.chart .number{fill:var(--ink)}svg.chart .onshade{fill:#fff;font-weight:600}
svg.chart .said{fill:var(--ink);paint-order:stroke;stroke:var(--paper);stroke-width:4px}
.axle{stroke:var(--soft)}.even{stroke:var(--soft);stroke-dasharray:3 3}
.mark{stroke:var(--ink);stroke-width:1.2;stroke-dasharray:5 3}
.line,.whisker{fill:none;stroke-width:1.8}.whisker{stroke-width:1.3;opacity:.75}
.dot{stroke:var(--paper);stroke-width:.8}
"""
    + "".join(
        f".dot.s{n}{{fill:var(--c{n})}}.line.s{n},.whisker.s{n},.stroked.s{n}{{stroke:var(--c{n})}}" for n in range(6)
    )
    + """
.ground{fill:var(--paper);stroke:var(--line);stroke-width:.6}.hit{fill:var(--shade)}.miss{fill:var(--missed)}
.dot.stroked{fill:none!important;stroke-width:2.2}.value{fill:var(--c0);fill-opacity:.32}.swatched{stroke:#8888;stroke-width:.6}
svg.chart rect,svg.chart circle,svg.chart path{print-color-adjust:exact;-webkit-print-color-adjust:exact}
svg.key{display:inline-block;margin-right:.4em;vertical-align:-2px;width:30px;height:14px}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24em),1fr));gap:.4em 2em;align-items:start}
figure>.scroll{margin-bottom:.3em}.charts figure{margin:.4em 0 1em}
.headline{border-left:4px solid var(--c0);background:var(--panel);padding:.6em 1.2em .8em;border-radius:0 6px 6px 0;
margin:1em 0}.headline p{font-size:1.06em}.headline .figure{font-size:1.9em;font-weight:650;
line-height:1.1;margin:.1em 0}
.limits li{max-width:75ch;margin:.25em 0}
.samples .panels{grid-template-columns:repeat(auto-fill,minmax(min(46%,17em),1fr));gap:.5em}
.overview{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,17em),1fr));gap:.4em 1.2em}
.overview figure{margin:.2em 0}
td small{display:block;color:var(--soft);font-size:.82em;line-height:1.2}
.ramp{display:inline-block;width:9em;height:.75em;vertical-align:-1px;margin:0 .4em;border:1px solid #8888;
background:linear-gradient(90deg,#fff,#08306b);print-color-adjust:exact;-webkit-print-color-adjust:exact}
@media print{.headline{break-inside:avoid}svg.chart{break-inside:avoid}}
"""
)
"""Of a whole page."""
