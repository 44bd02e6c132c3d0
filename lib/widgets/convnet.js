// A small network in the page: the layers of lib.layers for one image, forward and back to its pixels.
//
// A map is {data, shape}: numbers one after another, and [C, H, W], or [N] after flattening.
Widgets.define("convnet", (() => {
  "use strict";

  const size = (shape) => shape.reduce((product, n) => product * n, 1);
  const zeros = (shape) => ({ data: new Float32Array(size(shape)), shape });

  // --- windows ---------------------------------------------------------------------------------

  // Which pixel each place of each window reads, -1 for padding: the index behind im2col. One window
  // after another, each over all channels; found once for a layer, as the images have one size.
  const found = new WeakMap();
  function windows(layer, [C, H, W]) {
    if (found.has(layer)) return found.get(layer);
    const [KH, KW] = layer.kernel_size ?? layer.weight.shape.slice(2);
    const [SH, SW] = layer.stride, [PH, PW] = layer.padding ?? [0, 0], [DH, DW] = layer.dilation ?? [1, 1];
    const [, OH, OW] = layer.shape, index = new Int32Array(OH * OW * C * KH * KW);
    let n = 0;
    for (let p = 0; p < OH; p++) {
      for (let q = 0; q < OW; q++) {
        for (let c = 0; c < C; c++) {
          for (let i = 0; i < KH; i++) {
            for (let j = 0; j < KW; j++) {
              const y = p * SH + i * DH - PH, x = q * SW + j * DW - PW;
              index[n++] = y >= 0 && y < H && x >= 0 && x < W ? (c * H + y) * W + x : -1;
            }
          }
        }
      }
    }
    found.set(layer, index);
    return index;
  }

  // --- layers: the output, and the gradient of the input given that of the output ----------------

  const LAYERS = {
    Normalize: {
      forward(x, { mean, std }) {
        const each = x.data.length / mean.data.length;
        return x.data.map((value, i) => (value - mean.data[Math.floor(i / each)]) / std.data[Math.floor(i / each)]);
      },
      backward(dout, { layer: { std } }) {
        const each = dout.length / std.data.length;
        return dout.map((value, i) => value / std.data[Math.floor(i / each)]);
      },
    },

    // A product of two matrices: a row of each for a filter, and for a window.
    Conv2d: {
      forward(x, layer) {
        const { weight: { data: weight }, bias, shape: [F, OH, OW] } = layer;
        const index = windows(layer, x.shape), N = OH * OW, M = index.length / N;
        const rows = new Float32Array(index.length), y = new Float32Array(F * N);
        for (let k = 0; k < index.length; k++) if (index[k] >= 0) rows[k] = x.data[index[k]];
        // Four filters at a time: their sums share each pixel that is read. The last may be fewer.
        for (let f = 0; f < F; f += 4) {
          const [f1, f2, f3] = [1, 2, 3].map((i) => Math.min(F - 1, f + i));
          for (let n = 0; n < N; n++) {
            let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
            for (let k = 0, r = n * M; k < M; k++, r++) {
              const pixel = rows[r];
              s0 += weight[f * M + k] * pixel;
              s1 += weight[f1 * M + k] * pixel;
              s2 += weight[f2 * M + k] * pixel;
              s3 += weight[f3 * M + k] * pixel;
            }
            y[f3 * N + n] = s3 + bias.data[f3];
            y[f2 * N + n] = s2 + bias.data[f2];
            y[f1 * N + n] = s1 + bias.data[f1];
            y[f * N + n] = s0 + bias.data[f];
          }
        }
        return y;
      },
      // Back through the product, then col2im; most gradients behind a ReLU are 0, and cost nothing.
      backward(dout, { layer, x }) {
        const { weight: { data: weight }, shape: [F, OH, OW] } = layer;
        const index = windows(layer, x.shape), N = OH * OW, M = index.length / N;
        const dx = new Float32Array(x.data.length), row = new Float64Array(M);
        for (let n = 0; n < N; n++) {
          row.fill(0);
          for (let f = 0; f < F; f++) {
            const d = dout[f * N + n];
            if (d !== 0) for (let k = 0, w = f * M; k < M; k++, w++) row[k] += d * weight[w];
          }
          for (let k = 0, r = n * M; k < M; k++, r++) if (index[r] >= 0) dx[index[r]] += row[k];
        }
        return dx;
      },
    },

    ReLU: {
      forward: (x) => x.data.map((value) => Math.max(0, value)),
      backward: (dout, { x }) => dout.map((value, i) => (x.data[i] > 0 ? value : 0)),
    },

    // The gradient goes to the first pixel of the largest number, row by row.
    MaxPool2d: {
      forward(x, layer) {
        const [C, OH, OW] = layer.shape, y = new Float32Array(C * OH * OW);
        winners(x, layer).forEach((pixel, n) => (y[n] = x.data[pixel]));
        return y;
      },
      backward(dout, { layer, x }) {
        const dx = new Float32Array(x.data.length);
        winners(x, layer).forEach((pixel, n) => (dx[pixel] += dout[n]));
        return dx;
      },
    },

    Flatten: { forward: (x) => x.data, backward: (dout) => dout },

    Linear: {
      forward(x, { weight: { data: weight }, bias }) {
        const N = x.data.length;
        return bias.data.map((constant, m) => {
          let sum = 0;
          for (let n = 0, w = m * N; n < N; n++, w++) sum += weight[w] * x.data[n];
          return sum + constant;
        });
      },
      backward(dout, { layer: { weight: { data: weight } }, x }) {
        const N = x.data.length, dx = new Float32Array(N);
        dout.forEach((d, m) => {
          if (d !== 0) for (let n = 0; n < N; n++) dx[n] += d * weight[m * N + n];
        });
        return dx;
      },
    },
  };

  function winners(x, layer) {
    const [C, OH, OW] = layer.shape, N = OH * OW, index = windows(layer, x.shape);
    const M = index.length / N / C, best = new Int32Array(C * N);
    for (let n = 0, k = 0; n < N; n++) {
      for (let c = 0; c < C; c++) {
        let pixel = index[k];
        for (let i = 0; i < M; i++, k++) if (x.data[index[k]] > x.data[pixel]) pixel = index[k];
        best[c * N + n] = pixel;
      }
    }
    return best;
  }

  // --- a network -------------------------------------------------------------------------------

  // All layers for one image: for each {layer, x, y}, what it took and what it gave.
  function forward(network, image) {
    let x = image;
    return network.layers.map((layer) => {
      const pass = { layer, x, y: { data: LAYERS[layer.type].forward(x, layer), shape: layer.shape } };
      x = pass.y;
      return pass;
    });
  }

  // The gradient of the logit of a class: with respect to the image, and to the output of each layer.
  function backward(passes, target) {
    const last = passes[passes.length - 1].y;
    let d = zeros(last.shape).data;
    d[target] = 1;
    const gradients = [d];
    for (const pass of [...passes].reverse()) gradients.unshift((d = LAYERS[pass.layer.type].backward(d, pass)));
    const [image, ...outputs] = gradients;
    return { image, outputs };
  }

  const logits = (passes) => passes[passes.length - 1].y.data;

  function softmax(scores) {
    const top = Math.max(...scores), powers = Array.from(scores, (score) => Math.exp(score - top));
    const sum = powers.reduce((a, b) => a + b);
    return powers.map((power) => power / sum);
  }

  // Where layer number `at` finds what speaks for a class: lib.analysis.grad_cam.
  function gradCam(passes, at, { outputs }) {
    const { data, shape: [C, H, W] } = passes[at].y, map = zeros([H, W]);
    for (let c = 0; c < C; c++) {
      let weight = 0;
      for (let i = 0; i < H * W; i++) weight += outputs[at][c * H * W + i] / (H * W);
      for (let i = 0; i < H * W; i++) map.data[i] += weight * data[c * H * W + i];
    }
    map.data = map.data.map((value) => Math.max(0, value));
    return map;
  }

  // --- the arithmetic behind one number ----------------------------------------------------------

  // What number (row, column) of map m was made of: for each channel that it reads the numbers
  // `pixels`, their `weights` and the `sum` of the products; then the bias, and what it gave.
  function behind({ layer, x, y }, m, row, column) {
    const [, OH, OW] = [...y.shape, 1, 1], n = row * OW + column, N = OH * OW;
    const value = y.data[m * N + n], bias = layer.bias?.data[m] ?? 0;
    const read = (index, weights) => {
      const pixels = Array.from(index, (k) => (k < 0 ? 0 : x.data[k]));
      const sum = weights.reduce((total, weight, k) => total + weight * pixels[k], 0);
      return { pixels, padded: Array.from(index, (k) => k < 0), weights: Array.from(weights), sum };
    };
    if (layer.type === "Conv2d") {
      const [, C, KH, KW] = layer.weight.shape, K = KH * KW, index = windows(layer, x.shape);
      const channels = Array.from({ length: C }, (_, c) => read(
        index.subarray((n * C + c) * K, (n * C + c + 1) * K),
        layer.weight.data.subarray((m * C + c) * K, (m * C + c + 1) * K)));
      return { channels, bias, value, shape: [KH, KW] };
    }
    if (layer.type === "MaxPool2d") {
      const [KH, KW] = layer.kernel_size, K = KH * KW, C = y.shape[0], from = (n * C + m) * K;
      return { channels: [read(windows(layer, x.shape).subarray(from, from + K), [])], bias, value, shape: [KH, KW] };
    }
    if (layer.type === "Linear") {
      const count = x.data.length, every = Int32Array.from({ length: count }, (_, k) => k);
      return { channels: [read(every, layer.weight.data.subarray(m * count, (m + 1) * count))], bias, value, shape: [1, count] };
    }
    return { channels: [read([m * N + n], [])], bias, value, shape: [1, 1] };
  }

  // --- reading the description: lib/widgets/convnet.py -------------------------------------------

  function half(bits) {
    const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }

  function decoded({ float16, shape }) {
    const bytes = atob(float16), data = new Float32Array(bytes.length / 2);
    for (let i = 0; i < data.length; i++) data[i] = half(bytes.charCodeAt(2 * i) | (bytes.charCodeAt(2 * i + 1) << 8));
    return { data, shape };
  }

  function read({ input, layers }) {
    return {
      input,
      layers: layers.map((layer) => Object.fromEntries(Object.entries(layer).map(
        ([name, value]) => [name, value.float16 === undefined ? value : decoded(value)]))),
    };
  }

  return { read, forward, backward, logits, softmax, gradCam, behind };
})());
