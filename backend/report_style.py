"""How reports look: on screens light and dark, on phones and on paper. CSS only."""

from __future__ import annotations

HEAD = "<meta name='viewport' content='width=device-width,initial-scale=1'>"
"""Phones show the page at their own width."""

STYLE = """
:root{color-scheme:light dark;--ink:#1f2328;--soft:#57606a;--line:#d0d7de;--paper:#fff;--panel:#f6f7f5;
--used:#2a7f62;--dropped:#b3541e;--warn:#8a5a00;--warn-paper:#fff7e0;--link:#0b5cad}
@media (prefers-color-scheme:dark){:root{--ink:#e8e6e1;--soft:#a9aeb4;--line:#41474e;--paper:#17191c;--panel:#202327;
--used:#5dbb98;--dropped:#f0915a;--warn:#f2c260;--warn-paper:#2b2618;--link:#79b8ff}}
*{box-sizing:border-box}
body{font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;max-width:1000px;margin:0 auto;
padding:1.2em 1em 4em;color:var(--ink);background:var(--paper)}
h1{font-size:1.7em;line-height:1.2;margin:.2em 0 .3em}
h2{font-size:1.25em;margin:2.2em 0 .5em;padding-top:.5em;border-top:2px solid var(--line)}
h3{font-size:1.08em;margin:1.8em 0 .4em}h4{font-size:1em;margin:1.2em 0 .3em}
p{max-width:72ch;margin:.5em 0}.note,figcaption,caption{color:var(--soft);font-size:.9em}
a{color:var(--link)}code{overflow-wrap:anywhere}code,pre{font:.9em/1.5 ui-monospace,"DejaVu Sans Mono",monospace}
pre{background:var(--panel);padding:.8em 1em;overflow-x:auto;border-radius:6px}
nav{display:flex;flex-wrap:wrap;gap:.2em 1.1em;margin:.8em 0;font-size:.95em}
.scroll{overflow-x:auto;margin:.6em 0 1.2em}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;min-width:50%}
caption{text-align:left;padding:.2em 0 .4em}
td,th{padding:.3em 1em .3em 0;border-bottom:1px solid var(--line);text-align:right;vertical-align:middle;
font-weight:400}
thead th{color:var(--soft);font-size:.88em;vertical-align:bottom;line-height:1.25}
td{white-space:nowrap}td:first-child,th:first-child,.left{text-align:left}td.left{white-space:normal}
tbody th{font-weight:500;white-space:nowrap}
.path{display:inline-block;overflow-wrap:anywhere;white-space:normal;min-width:16em;font-weight:400}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(15em,1fr));gap:.7em 1.4em;margin:1em 0}
.facts div{border-left:3px solid var(--line);padding-left:.7em}
.facts dt{color:var(--soft);font-size:.85em}.facts dd{margin:0;overflow-wrap:anywhere}
.facts b{font-size:1.25em;font-weight:600}
.check{background:var(--warn-paper);border-left:4px solid var(--warn);padding:.3em 1.1em .7em;border-radius:0 6px 6px 0;
margin:1.2em 0}
.check h2{border:0;margin:.4em 0;padding:0}.check h3{margin:.7em 0 .1em;font-size:.95em;color:var(--warn)}
.check ul{margin:.2em 0;padding-left:1.2em}.check li{max-width:80ch;margin:.25em 0;overflow-wrap:anywhere}
.swatch{border:1px solid #8888;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.legend{display:flex;flex-wrap:wrap;gap:.2em 1.1em;margin:.4em 0;font-size:.9em}
.legend span,.entry{white-space:nowrap}
figure{margin:.6em 0 1.2em;display:block}
img{display:block;width:100%;max-width:none;border:0;image-rendering:pixelated;background:#8883}
.maps{display:flex;flex-wrap:wrap;gap:0 2em;align-items:flex-start}
.maps figure{flex:none}.maps .more{flex:1 1 22em;min-width:0}
.scale{display:flex;align-items:center;gap:1.2em;font-size:.85em;color:var(--soft);margin:.35em 0}
.scale i{display:block;height:6px;border:1.5px solid var(--ink);border-top:0;flex:none}
.beside{display:flex;flex-wrap:wrap;gap:.5em 2.5em;align-items:flex-start}.beside>*{flex:1 1 20em;min-width:0}
svg{display:block;overflow:visible}svg text{fill:var(--soft);font-size:11px}svg .sign{fill:var(--warn);font-weight:700}
svg.bar{min-width:7em;background:var(--panel)}.grid{stroke:var(--line);stroke-width:1}
.used{fill:var(--used);stroke:var(--paper)}.dropped{fill:none;stroke:var(--dropped);stroke-width:1.5}.size{fill:#5b7c99}.none{fill:#8c8c86}
.timeline{display:grid;grid-template-columns:3.4em minmax(0,1fr);margin:.4em 0}
.axis{position:relative;font-size:11px;color:var(--soft)}.axis span{position:absolute;right:.7em}
.key{display:inline-block;width:.8em;height:.8em;vertical-align:-1px;margin-right:.35em;
print-color-adjust:exact;-webkit-print-color-adjust:exact}
.key.used{background:var(--used)}.key.dropped{border:1.5px solid var(--dropped)}
.looks figure{margin:1.2em 0 1.8em}
@media (max-width:34em){td,th{padding-right:.6em}}
.panels{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:3px}
.panels div{font-size:.78em;color:var(--soft);line-height:1.25;padding-top:.2em}
details{margin:.5em 0}summary{cursor:pointer;color:var(--link)}
@media print{body{max-width:none;font-size:11pt;padding:0}nav{display:none}
h2,h3{break-after:avoid}pre,tr,figure,.timeline,.check li{break-inside:avoid}.scroll{overflow:visible}}
"""
"""Added to that of all pages."""
