// From the strokes of a pen to the picture of 28 × 28 that a network sees: lib/widgets/drawing.py.
Widgets.define("drawing", (() => {
  "use strict";

  const SIZE = 28, BOX = 20, FINE = 8, GRID = SIZE * FINE; // as there
  const place = (k) => (k + 0.5) / FINE; // of a point of the fine grid

  // Which points of the fine grid a round pen blackens.
  function rasterize(strokes, pen) {
    const ink = new Float32Array(GRID * GRID), reach = pen / 2;
    const within = (a, b) => [
      Math.max(0, Math.ceil((Math.min(a, b) - reach) * FINE - 0.5)),
      Math.min(GRID, Math.ceil((Math.max(a, b) + reach) * FINE - 0.5)),
    ];
    function segment([x0, y0], [x1, y1]) {
      const [top, bottom] = within(y0, y1), [left, right] = within(x0, x1);
      const dx = x1 - x0, dy = y1 - y0, length = Math.max(dx * dx + dy * dy, 1e-12);
      for (let r = top; r < bottom; r++) {
        const y = place(r) - y0;
        for (let c = left; c < right; c++) {
          const x = place(c) - x0, along = Math.max(0, Math.min(1, (x * dx + y * dy) / length));
          const away = (x - along * dx) ** 2 + (y - along * dy) ** 2;
          if (away <= (pen * pen) / 4) ink[r * GRID + c] = 1;
        }
      }
    }
    for (const stroke of strokes) {
      if (stroke.length === 1) segment(stroke[0], stroke[0]);
      for (let k = 1; k < stroke.length; k++) segment(stroke[k - 1], stroke[k]);
    }
    return { data: ink, shape: [GRID, GRID] };
  }

  // Means of squares of `scale` points, the first at (top, left): the drawing, anti-aliased.
  function shrink({ data, shape: [H, W] }, top, left, scale, size) {
    const across = new Float64Array(H * size), out = new Float64Array(size * size);
    // For output k: the points that it covers, each with its share.
    function covered(k, start, count, add) {
      const from = start + scale * k, to = start + scale * (k + 1);
      for (let i = Math.floor(from); i < Math.min(count, to); i++) {
        add(i, Math.max(0, Math.min(to, i + 1) - Math.max(from, i)) / scale);
      }
    }
    for (let k = 0; k < size; k++) {
      covered(k, left, W, (c, share) => {
        for (let r = 0; r < H; r++) across[r * size + k] += share * data[r * W + c];
      });
    }
    for (let k = 0; k < size; k++) {
      covered(k, top, H, (r, share) => {
        for (let c = 0; c < size; c++) out[k * size + c] += share * across[r * size + c];
      });
    }
    return out;
  }

  // The first and the last row and column with ink; null if there is none.
  function box({ data, shape: [H, W] }) {
    let top = H, left = W, bottom = -1, right = -1;
    for (let r = 0, k = 0; r < H; r++) {
      for (let c = 0; c < W; c++, k++) {
        if (data[k] === 0) continue;
        if (r < top) top = r;
        if (c < left) left = c;
        if (c > right) right = c;
        bottom = r;
      }
    }
    return bottom < 0 ? null : { top, left, bottom, right };
  }

  // As MNIST's makers did: the longer side becomes 20 pixels; then, by whole pixels, the center of
  // mass goes into pixel (14, 14).
  function center(ink) {
    const image = { data: new Float32Array(SIZE * SIZE), shape: [1, SIZE, SIZE] }, around = box(ink);
    if (around === null) return image;
    const { top, left, bottom, right } = around, longer = Math.max(bottom - top, right - left) + 1;
    const small = shrink(ink, top, left, longer / BOX, BOX);
    let mass = 0, down = 0, across = 0;
    small.forEach((value, k) => {
      mass += value;
      down += value * Math.floor(k / BOX);
      across += value * (k % BOX);
    });
    // Off the lattice of halves by a hair, so that a sum's last digit does not move the picture.
    const [y, x] = [down, across].map((moment) => Math.floor(SIZE / 2 + 0.5 - moment / mass + 1e-9));
    small.forEach((value, k) => {
      const r = Math.floor(k / BOX) + y, c = (k % BOX) + x;
      if (r >= 0 && r < SIZE && c >= 0 && c < SIZE) image.data[r * SIZE + c] = value;
    });
    return image;
  }

  function picture(strokes, pen, centered) {
    const ink = rasterize(strokes, pen);
    if (centered) return center(ink);
    return { data: Float32Array.from(shrink(ink, 0, 0, FINE, SIZE)), shape: [1, SIZE, SIZE] };
  }

  // The same strokes, moved; and their first and last place, [left, top, right, bottom].
  const moved = (strokes, dx, dy) => strokes.map((stroke) => stroke.map(([x, y]) => [tidy(x + dx), tidy(y + dy)]));
  const tidy = (number) => Math.round(number * 100) / 100;
  const count = (strokes) => strokes.reduce((total, stroke) => total + stroke.length, 0);

  return { SIZE, rasterize, shrink, center, picture, moved, tidy, count };
})());
