"""Whether everything that can be pressed is clearly large enough or far enough from its neighbours (WCAG 2.2, 2.5.8).

Axe-core's rule for it takes a quarter of its time on a page, and most pages are sound by a wide margin. Only what is certain counts as
clear: what overlaps or is near is axe-core's to judge.
"""

CLEAR = """() => {
  const SIZE = 24, MARGIN = 1;
  const pressed = "a[href], area, button, input, select, textarea, summary, iframe, audio, video, [tabindex]:not([role=region]), [contenteditable]";
  const boxes = [...document.querySelectorAll(pressed)].filter(element => element.checkVisibility({visibilityProperty: true}))
    .map(element => element.getBoundingClientRect()).filter(box => box.width && box.height).sort((a, b) => a.top - b.top);
  const isSmall = box => box.width < SIZE || box.height < SIZE;
  const middle = box => [box.left + box.width / 2, box.top + box.height / 2];
  // How far a point lies from the nearest point of a box.
  const away = ([x, y], box) => Math.hypot(Math.max(box.left - x, x - box.right, 0), Math.max(box.top - y, y - box.bottom, 0));
  const areApart = (a, b) => {
    if (Math.min(a.right, b.right) > Math.max(a.left, b.left) && Math.min(a.bottom, b.bottom) > Math.max(a.top, b.top)) return false;
    if (isSmall(a) && isSmall(b) && Math.hypot(...middle(a).map((at, axis) => at - middle(b)[axis])) < SIZE + MARGIN) return false;
    if (isSmall(a) && away(middle(a), b) < SIZE / 2 + MARGIN) return false;
    return !isSmall(b) || away(middle(b), a) >= SIZE / 2 + MARGIN;
  };
  return boxes.every((box, place) => {
    for (let next = place + 1; next < boxes.length && boxes[next].top < box.bottom + SIZE + MARGIN; next++)
      if (!areApart(box, boxes[next])) return false;
    return true;
  });
}"""
"""A function of JavaScript, without arguments, for the page that is open."""
