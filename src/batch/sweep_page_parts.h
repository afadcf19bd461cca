// Sweep page parts: the style, the comparison and the script of the page, as they are written into it.
#pragma once

#include <string_view>

namespace redraw {

constexpr std::string_view kPageHead =
    R"html(<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self' file: data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sweep</title>
<style>
:root { color-scheme: light dark; --line: #8886; --mark: #e0a800; }
body { font: 15px/1.4 system-ui, sans-serif; margin: 1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { border: 1px solid var(--line); padding: 4px; text-align: left; vertical-align: top; }
th { font-weight: 600; max-width: 16rem; overflow-wrap: anywhere; }
th[scope="col"] { vertical-align: bottom; }
td.failed { background: #a333; max-width: 16rem; overflow-wrap: anywhere; }
td.missing { background: #8882; }
.cell { all: unset; cursor: pointer; display: block; width: 12rem; outline-offset: 1px; }
.cell:focus-visible { outline: 2px solid currentColor; }
.cell[aria-pressed="true"] { outline: 3px solid var(--mark); }
.cell img { display: block; max-width: 12rem; max-height: 12rem; }
.cell span { font-size: 12px; }
#compare { position: sticky; top: 0; z-index: 1; background: Canvas; border: 1px solid var(--line); padding: 8px; width: fit-content; max-width: 100%; box-sizing: border-box; }
#compare[hidden] { display: none; }
#stage { position: relative; width: fit-content; touch-action: none; cursor: ew-resize; user-select: none; }
#stage img { display: block; width: min(60vmin, 768px); -webkit-user-drag: none; pointer-events: none; }
#above { position: absolute; inset: 0; height: 100%; clip-path: inset(0 calc(100% - var(--at, 50%)) 0 0); }
#bar { position: absolute; top: 0; bottom: 0; left: var(--at, 50%); width: 2px; margin-left: -1px; background: var(--mark); pointer-events: none; }
#divider { width: 100%; margin: 6px 0; }
#names { display: flex; gap: 1rem; justify-content: space-between; margin: 0; font-size: 13px; }
</style></head><body>
<h1>Sweep</h1>
<p>Choose two pictures to compare them under a slider.</p>
<section id="compare" aria-label="comparison" hidden>
<div id="stage"><img id="below" alt=""><img id="above" alt=""><div id="bar"></div></div>
<input id="divider" type="range" min="0" max="100" step="0.1" value="50" aria-label="divider">
<p id="names"><span id="left"></span><button id="close" type="button">Close</button><span id="right"></span></p>
</section>
)html";

constexpr std::string_view kPageEnd = R"html(<script>
'use strict';
const by = id => document.getElementById(id);
const divider = by('divider'), stage = by('stage');
let chosen = [];

function move(percent) {
  const at = Math.min(100, Math.max(0, percent));
  divider.value = at;
  stage.style.setProperty('--at', at + '%');
}

function moveTo(event) {
  const box = stage.getBoundingClientRect();
  move(100 * (event.clientX - box.left) / box.width);
}

function fill(picture, name, cell) {
  by(picture).src = cell.querySelector('img').src;
  by(picture).alt = by(name).textContent = cell.dataset.label;
}

function show() {
  for (const cell of document.querySelectorAll('.cell')) cell.setAttribute('aria-pressed', chosen.includes(cell));
  by('compare').hidden = chosen.length < 2;
  if (chosen.length < 2) return;
  fill('above', 'left', chosen[0]);
  fill('below', 'right', chosen[1]);
}

function choose(cell) {
  chosen = chosen.includes(cell) ? chosen.filter(other => other !== cell) : [...chosen, cell].slice(-2);
  show();
}

for (const cell of document.querySelectorAll('.cell')) cell.addEventListener('click', () => choose(cell));
divider.addEventListener('input', () => move(Number(divider.value)));
stage.addEventListener('pointerdown', event => { moveTo(event); try { stage.setPointerCapture(event.pointerId); } catch { /* no such pointer */ } });
stage.addEventListener('pointermove', event => { if (event.buttons & 1) moveTo(event); });
by('close').addEventListener('click', () => { chosen = []; show(); });
show();
</script>
</body></html>
)html";

}  // namespace redraw
