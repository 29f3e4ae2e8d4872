"""A pad to draw on with mouse, finger or pen: what a browser is given for it."""

SIDE = 280  # pixels of the paper, which the browser may show smaller
PEN_WIDTH = 24  # pixels: scaled to 20 pixels, a digit on most of the paper has MNIST's strokes

HTML = f"""
<canvas width="{SIDE}" height="{SIDE}" role="img" aria-label="paper to draw a digit on"></canvas>
<button type="button">Clear</button>
"""

CSS = """
canvas {
  display: block; width: 100%; max-width: 280px; aspect-ratio: 1; margin: 0 auto 8px;
  background: white; border: 1px solid var(--border-color-primary); border-radius: 6px;
  cursor: crosshair; touch-action: none;
}
button {
  display: block; margin: 0 auto; padding: 4px 18px; border-radius: 6px;
  border: 1px solid var(--border-color-primary); color: var(--body-text-color);
  background: var(--button-secondary-background-fill);
}
"""

# Runs once the pad is on the page. `trigger` sends an event to the server: "input" after each
# stroke with the whole drawing as a data URL (a PNG), "clear" without one.
JAVASCRIPT = f"""
const canvas = element.querySelector("canvas");
const pen = canvas.getContext("2d");
let last = null;  // where the stroke that is being drawn has come to

function clear() {{
  pen.fillStyle = "white";
  pen.fillRect(0, 0, canvas.width, canvas.height);
}}

function place(event) {{
  const shown = canvas.getBoundingClientRect();
  return [(event.clientX - shown.left) * canvas.width / shown.width,
          (event.clientY - shown.top) * canvas.height / shown.height];
}}

function draw(event) {{
  const next = place(event);
  pen.beginPath();
  pen.moveTo(...last);
  pen.lineTo(...next);
  pen.stroke();
  last = next;
}}

function finish() {{
  if (last === null) return;
  last = null;
  trigger("input", {{drawing: canvas.toDataURL("image/png")}});
}}

clear();
pen.lineWidth = {PEN_WIDTH};
pen.lineCap = pen.lineJoin = "round";
canvas.addEventListener("pointerdown", event => {{
  if (event.button !== 0) return;
  canvas.setPointerCapture(event.pointerId);  // a stroke may leave the paper and come back
  last = place(event);
  draw(event);
}});
canvas.addEventListener("pointermove", event => {{ if (last !== null) draw(event); }});
canvas.addEventListener("pointerup", finish);
canvas.addEventListener("pointercancel", finish);
element.querySelector("button").addEventListener("click", () => {{ clear(); trigger("clear"); }});
"""
