// Appended to a page: tells the page around it what sticks out.
const found = [];
const name = e => `<${e.tagName} class="${e.getAttribute('class') || ''}"> "${e.textContent.slice(0, 40)}"`;
const shown = e => e.getClientRects().length > 0;
const moves = e => { for (; e; e = e.parentElement) if (/^(auto|scroll)$/.test(getComputedStyle(e).overflowX)) return true; };

for (const e of document.body.querySelectorAll('*')) {
  const box = e.getBoundingClientRect();
  if (shown(e) && !e.ownerSVGElement && !moves(e) && (box.right > innerWidth + 1 || box.left < -1)) found.push(`too wide: ${name(e)}`);
}
if (document.documentElement.scrollWidth > innerWidth) found.push(`the page is ${document.documentElement.scrollWidth} wide`);

for (const svg of document.querySelectorAll('.chart > svg')) {
  const frame = svg.getBoundingClientRect();
  const texts = [...svg.querySelectorAll('text')].filter(shown);
  const boxes = texts.map(t => t.getBoundingClientRect());
  texts.forEach((text, i) => {
    const a = boxes[i];
    if (a.left < frame.left - 1 || a.right > frame.right + 1 || a.top < frame.top - 1 || a.bottom > frame.bottom + 1)
      found.push(`out of its picture: ${name(text)} of ${svg.getAttribute('aria-label')}`);
    if (parseFloat(getComputedStyle(text).fontSize) * frame.width / svg.viewBox.baseVal.width < 10)
      found.push(`too small to read: ${name(text)}`);
    for (let j = 0; j < i; ++j) {
      const b = boxes[j];
      if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4)
        found.push(`${name(text)} lies on ${name(texts[j])} of ${svg.getAttribute('aria-label')}`);
    }
  });
}
for (const chart of document.querySelectorAll('.chart')) {
  const input = chart.querySelector('input');
  if (!input) continue;
  for (const at of [input.min, input.max]) {
    input.value = at;
    input.oninput();
    const seen = [...chart.querySelectorAll('p.frame')].filter(shown);
    if (seen.length != 1 || seen[0].dataset.frame != at) found.push(`the slider at ${at} shows ${seen.length} frames`);
  }
}
parent.postMessage(found.join('\n') || `nothing overflows at ${innerWidth}`, '*');
