/** A row of bars without a drawing library: for first screens, which must be small. */
import { Tooltip } from "@mantine/core";

export type Bar = { label: string; says: string; value: number; faint?: boolean };
export type BarsProps = {
  bars: readonly Bar[];
  height?: number;
  /** What they show, in a sentence; the values follow for people who hear the screen. */
  label: string;
  /** Of the scale's lines. */
  scale: (value: number) => string;
};

/** The smallest of 1, 2, 5 × 10ⁿ steps that fit the highest bar twice. */
function steps(most: number): number[] {
  if (most <= 0) return [];
  const rough = most / 2;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = ([5, 2, 1].find((n) => n * unit <= rough) ?? 1) * unit;
  return Array.from({ length: Math.floor(most / step) }, (_, i) => (i + 1) * step);
}

export function Bars({ bars, height = 150, label, scale }: BarsProps) {
  const most = Math.max(0, ...bars.map((bar) => bar.value));
  const every = Math.max(1, Math.ceil(bars.length / 5));
  const part = (value: number) => `${(100 * Math.max(0, value)) / (most || 1)}%`;
  return (
    <figure className="bars" style={{ height }} aria-label={label}>
      <div className="bars-plot">
        {steps(most).map((value) => (
          <div key={value} className="bars-line" style={{ bottom: part(value) }} aria-hidden="true">
            <span>{scale(value)}</span>
          </div>
        ))}
        {bars.map((bar) => (
          <Tooltip key={bar.label} label={`${bar.label}: ${bar.says}`} openDelay={0}>
            <div className="bars-hit">
              <div className="bars-bar" data-faint={bar.faint || undefined} style={{ height: part(bar.value) }} />
            </div>
          </Tooltip>
        ))}
      </div>
      <div className="bars-foot" aria-hidden="true">
        {bars.filter((_, i) => i % every === 0).map((bar) => <span key={bar.label}>{bar.label}</span>)}
      </div>
      <table className="unseen" aria-label={label}>
        <tbody>
          {bars.map((bar) => (
            <tr key={bar.label}>
              <th scope="row">{bar.label}</th>
              <td>{bar.says}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}
