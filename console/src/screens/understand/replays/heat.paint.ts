/** Heat on a canvas: soft spots whose sum decides the colour, or bands for how far visits scrolled. */

export type Spot = { x: number; y: number; n: number };

/** Cells of the server ([column, row, how often]) as places on the page, in CSS pixels. */
export function spots(cells: readonly (readonly [number, number, number])[], columns: number, cell: number, width: number): Spot[] {
  return cells.map(([column, row, n]) => ({ x: ((column + 0.5) / columns) * width, y: (row + 0.5) * cell, n }));
}

/** The colour of a share from 0 to 1: blue, green, yellow, red. */
export function colour(share: number): [number, number, number] {
  const stops: [number, number, number][] = [
    [40, 90, 220],
    [30, 170, 150],
    [240, 200, 40],
    [220, 40, 40],
  ];
  const at = Math.max(0, Math.min(1, share)) * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(at));
  const none: [number, number, number] = [0, 0, 0];
  const a = stops[low] ?? none;
  const b = stops[low + 1] ?? none;
  const mix = (n: 0 | 1 | 2) => Math.round(a[n] + (b[n] - a[n]) * (at - low));
  return [mix(0), mix(1), mix(2)];
}

type Painted = { spots: readonly Spot[] } | { reached: readonly number[] };

export function paint(canvas: HTMLCanvasElement, what: Painted, width: number, height: number): void {
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (!pen) return;
  if ("reached" in what) bands(pen, what.reached, width, height);
  else blobs(pen, what.spots, width, height);
}

function bands(pen: CanvasRenderingContext2D, reached: readonly number[], width: number, height: number): void {
  const most = Math.max(1, ...reached);
  for (let n = 0; n * 100 < height; n++) {
    const share = (reached[n] ?? 0) / most;
    const [r, g, b] = colour(share);
    pen.fillStyle = `rgba(${r}, ${g}, ${b}, 0.3)`;
    pen.fillRect(0, n * 100, width, 100);
    if (n % 5 === 0) {
      pen.fillStyle = "rgba(20, 24, 28, 0.8)";
      pen.fillRect(8, n * 100 + 6, 52, 22);
      pen.fillStyle = "#fff";
      pen.font = "13px sans-serif";
      pen.fillText(`${Math.round(share * 100)}%`, 16, n * 100 + 22);
    }
  }
}

const RADIUS = 26;

function blobs(pen: CanvasRenderingContext2D, all: readonly Spot[], width: number, height: number): void {
  if (all.length === 0 || width === 0 || height === 0) return;
  const most = Math.max(...all.map((one) => one.n));
  for (const { x, y, n } of all) {
    const soft = pen.createRadialGradient(x, y, 0, x, y, RADIUS);
    soft.addColorStop(0, `rgba(0, 0, 0, ${0.12 + 0.6 * (n / most)})`);
    soft.addColorStop(1, "rgba(0, 0, 0, 0)");
    pen.fillStyle = soft;
    pen.fillRect(x - RADIUS, y - RADIUS, 2 * RADIUS, 2 * RADIUS);
  }
  const image = pen.getImageData(0, 0, width, height);
  for (let i = 3; i < image.data.length; i += 4) {
    const alpha = image.data[i] ?? 0;
    if (alpha === 0) continue;
    const [r, g, b] = colour(alpha / 200);
    image.data.set([r, g, b, Math.min(190, 60 + alpha)], i - 3);
  }
  pen.putImageData(image, 0, 0);
}
