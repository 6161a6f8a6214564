/** Heat over the recorded picture of a page. The picture is rebuilt in a sandboxed frame that runs nothing. */
import "@rrweb/replay/dist/style.css";

import { Badge, Group, SegmentedControl, Text } from "@mantine/core";
import { Replayer } from "@rrweb/replay";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";

import { api, ApiError } from "../../../api";
import { Answer, Empty, Go, Panel, useWords } from "../../../ui";
import { paint, type Spot, spots } from "./heat.paint";
import styles from "./replays.module.css";
import { words } from "./words";

type Cells = [number, number, number][];
type Picture = { session: string; at: string; width: number; height: number; events: unknown[] };
type HeatOf = {
  path: string;
  devices: Record<string, number>;
  visits: number;
  sampled: boolean;
  columns: number;
  cell: number;
  clicks: Cells;
  moves: Cells;
  reached: number[];
  snapshot: Picture | null;
};

type HeatProps = { path: string; device: string; since: string; until: string };
type Layer = "clicks" | "moves" | "scroll";

export default function Heat({ path, device, since, until }: HeatProps) {
  const t = useWords(words);
  const [layer, setLayer] = useState<Layer>("clicks");
  const query = useQuery({
    queryKey: ["heat", path, device, since, until],
    queryFn: async ({ signal }): Promise<HeatOf | null> => {
      try {
        return await api.get<HeatOf>("/v1/heat/page", { path, device, since, until }, signal);
      } catch (error) {
        // no recording of this page is an answer, not a failure
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }
    },
    staleTime: 300_000,
  });
  return (
    <Panel
      saves={query.data?.snapshot ? "heat" : undefined}
      title={t("heat")}
      right={
        <SegmentedControl
          aria-label={t("layer")}
          value={layer}
          onChange={(next) => setLayer(next as Layer)}
          data={(["clicks", "moves", "scroll"] as const).map((one) => ({ value: one, label: t(`layer_${one}`) }))}
        />
      }
    >
      <Answer query={query} height={320} empty={(data) => (data === null ? <Empty why={t("noHeat")} hint={t("emptyHint")} height={200} /> : null)}>
        {(data) => (data === null ? null : <Drawn heat={data} layer={layer} />)}
      </Answer>
    </Panel>
  );
}

function Drawn({ heat, layer }: { heat: HeatOf; layer: Layer }) {
  const t = useWords(words);
  const devices = Object.entries(heat.devices).map(([name, n]) => `${t(`device_${name as "mobile"}`)} ${n}`);
  return (
    <>
      <Group gap={8} mb={8}>
        <Text size="sm">{t("heatOf", { n: heat.visits })}</Text>
        <Text size="xs" c="dimmed">
          {devices.join(" · ")}
        </Text>
        {heat.sampled && <Badge color="yellow">{t("sampled")}</Badge>}
        {heat.snapshot && <Go to={`/understand/replays/${heat.snapshot.session}`}>{t("pictureFrom")}</Go>}
      </Group>
      {heat.snapshot ? <Overlay picture={heat.snapshot} heat={heat} layer={layer} /> : <Empty why={t("noPicture")} height={160} />}
      <Text size="xs" c="dimmed" mt={6}>
        {t("pictures")}
      </Text>
    </>
  );
}

type Events = ConstructorParameters<typeof Replayer>[0];

function Overlay({ picture, heat, layer }: { picture: Picture; heat: HeatOf; layer: Layer }) {
  const t = useWords(words);
  const frame = useRef<HTMLDivElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [room, setRoom] = useState(0);
  const marks: Spot[] = useMemo(
    () => spots(layer === "moves" ? heat.moves : heat.clicks, heat.columns, heat.cell, picture.width),
    [heat, layer, picture.width],
  );
  const tall = Math.min(8_000, Math.max(picture.height, heat.reached.length * 100, ...marks.map((one) => one.y + 60)));
  useEffect(() => {
    if (!frame.current) return undefined;
    const watch = new ResizeObserver(([entry]) => setRoom(entry?.contentRect.width ?? 0));
    watch.observe(frame.current);
    return () => watch.disconnect();
  }, []);
  useEffect(() => {
    const root = stage.current;
    if (!root) return undefined;
    const made = new Replayer(picture.events as Events, { root, mouseTail: false, showWarning: false, triggerFocus: false });
    made.pause(1);
    made.iframe.setAttribute("title", heat.path);
    made.iframe.setAttribute("tabindex", "-1");
    made.iframe.style.height = `${tall}px`;
    return () => {
      made.destroy();
      root.replaceChildren();
    };
  }, [picture, heat.path, tall]);
  useEffect(() => {
    if (canvas.current) paint(canvas.current, layer === "scroll" ? { reached: heat.reached } : { spots: marks }, picture.width, tall);
  }, [heat, layer, marks, picture.width, tall]);
  const scale = room > 0 ? Math.min(1, room / picture.width) : 0;
  return (
    <div ref={frame} className={styles["page"]} tabIndex={0} role="group" aria-label={t("heatLabel", { path: heat.path })}>
      <div style={{ height: Math.round(tall * scale) }}>
        <div className={styles["stage"]} style={{ width: picture.width, height: tall, transform: `scale(${scale})` }}>
          <div ref={stage} aria-hidden inert />
          <canvas ref={canvas} className={styles["paint"]} role="img" aria-label={t("heatLabel", { path: heat.path })} />
        </div>
      </div>
    </div>
  );
}
