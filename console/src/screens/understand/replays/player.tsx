/** Plays a visit: every page of it in turn, in a frame that runs none of its scripts. */
import "@rrweb/replay/dist/style.css";

import { ActionIcon, Group, SegmentedControl, Slider, Switch, Text } from "@mantine/core";
import { Replayer } from "@rrweb/replay";
import { IconPlayerPauseFilled, IconPlayerPlayFilled, IconPlayerSkipBack, IconPlayerSkipForward } from "@tabler/icons-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import { useWords } from "../../../ui/words";
import styles from "./replays.module.css";
import { activity, clock, type Leaf, lengthOf, locate, QUIET } from "./timeline";
import { words } from "./words";

const SPEEDS = ["1", "2", "4", "8"];
const STEP = 5_000;
const PARTS = 120;

type Events = ConstructorParameters<typeof Replayer>[0];

/** The recorded window's own size, which the frame is scaled from. */
function sizeOf(leaf: Leaf): { width: number; height: number } {
  for (const event of leaf.events) {
    const data = event.data as { width?: unknown; height?: unknown } | undefined;
    if (event.type === 4 && typeof data?.width === "number" && typeof data.height === "number")
      return { width: data.width, height: data.height };
  }
  return { width: 1280, height: 720 };
}

function usePlaying(all: readonly Leaf[], from: number) {
  const stage = useRef<HTMLDivElement>(null);
  const replayer = useRef<Replayer | null>(null);
  const begun = locate(all, from);
  const [place, setPlace] = useState(begun.leaf);
  const [playing, setPlaying] = useState(false);
  const [at, setAt] = useState(from);
  const [speed, setSpeed] = useState(1);
  const [skip, setSkip] = useState(true);
  const offset = useRef(begun.offset);
  const going = useRef(false);
  const leaf = all[place];

  useEffect(() => {
    const root = stage.current;
    if (!root || !leaf) return undefined;
    const made = new Replayer(leaf.events as Events, {
      root,
      speed,
      maxSpeed: 16,
      skipInactive: skip,
      inactivePeriodThreshold: QUIET,
      mouseTail: false,
      showWarning: false,
      triggerFocus: false,
      UNSAFE_replayCanvas: false,
    });
    // the frame has no words of its own: screen readers are told what it is by the figure around it
    made.iframe.setAttribute("title", leaf.page);
    made.iframe.setAttribute("tabindex", "-1");
    made.on("finish", () => {
      if (!going.current) return;
      if (place + 1 < all.length) {
        offset.current = 0;
        setPlace(place + 1);
      } else {
        going.current = false;
        setPlaying(false);
        setAt(lengthOf(all));
      }
    });
    replayer.current = made;
    if (going.current) made.play(offset.current);
    else made.pause(offset.current);
    return () => {
      replayer.current = null;
      made.destroy();
      root.replaceChildren();
    };
    // speed and pauses are told to the running player below; they need no new one
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [all, leaf, place]);

  useEffect(() => replayer.current?.setConfig({ speed, skipInactive: skip }), [speed, skip]);

  useEffect(() => {
    if (!playing) return undefined;
    const watch = window.setInterval(() => {
      if (replayer.current && leaf) setAt(leaf.start + Math.min(leaf.length, replayer.current.getCurrentTime()));
    }, 200);
    return () => window.clearInterval(watch);
  }, [playing, leaf]);

  const seek = useCallback(
    (moment: number) => {
      const found = locate(all, moment);
      offset.current = found.offset;
      setAt(Math.min(Math.max(0, moment), lengthOf(all)));
      if (found.leaf !== place) setPlace(found.leaf);
      else if (going.current) replayer.current?.play(found.offset);
      else replayer.current?.pause(found.offset);
    },
    [all, place],
  );
  const toggle = useCallback(() => {
    going.current = !going.current;
    setPlaying(going.current);
    if (!going.current) return replayer.current?.pause();
    if (at >= lengthOf(all)) return seek(0);
    return replayer.current?.play(leaf ? at - leaf.start : 0);
  }, [all, at, leaf, seek]);

  return { stage, leaf, place, playing, at, speed, skip, setSpeed, setSkip, seek, toggle };
}

/** How much the recorded window must shrink to fit. */
function useScale(leaf: Leaf | undefined) {
  const frame = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(0);
  useEffect(() => {
    const watched = frame.current;
    if (!watched) return undefined;
    const observer = new ResizeObserver(([entry]) => setRoom(entry?.contentRect.width ?? 0));
    observer.observe(watched);
    return () => observer.disconnect();
  }, []);
  const size = leaf ? sizeOf(leaf) : { width: 1280, height: 720 };
  const scale = room > 0 ? Math.min(1, room / size.width, 620 / size.height) : 0;
  return { frame, scale, ...size };
}

type PlayerProps = {
  all: readonly Leaf[];
  /** Go there; `n` grows with every such wish. */
  jump: { to: number; n: number };
  onMove: (at: number) => void;
};

export function Player({ all, jump, onMove }: PlayerProps) {
  const t = useWords(words);
  const play = usePlaying(all, jump.to);
  const { seek } = play;
  const wished = useRef(jump.n);
  useEffect(() => {
    if (wished.current === jump.n) return;
    wished.current = jump.n;
    seek(jump.to);
  }, [jump, seek]);
  const { frame, scale, width, height } = useScale(play.leaf);
  const whole = lengthOf(all);
  const bars = useMemo(() => activity(all, PARTS), [all]);
  useEffect(() => onMove(play.at), [onMove, play.at]);
  const keys = (event: React.KeyboardEvent) => {
    if (event.target instanceof HTMLElement && event.target.closest("button, input, [role=slider], [role=radiogroup]")) return;
    if (event.key === " ") play.toggle();
    else if (event.key === "ArrowRight") play.seek(play.at + STEP);
    else if (event.key === "ArrowLeft") play.seek(play.at - STEP);
    else return;
    event.preventDefault();
  };
  return (
    <figure className={styles["player"]} aria-label={t("playerOf", { page: play.leaf?.page ?? "" })} tabIndex={0} onKeyDown={keys}>
      <div ref={frame} className={styles["frame"]} style={{ height: Math.round(height * scale) }}>
        <div ref={play.stage} className={styles["stage"]} style={{ width, height, transform: `scale(${scale})` }} />
      </div>
      <div className={styles["strip"]} aria-hidden>
        {bars.map((share, n) => (
          <i key={n} style={{ height: `${Math.round(share * 100)}%` }} data-past={(n / PARTS) * whole <= play.at || undefined} />
        ))}
      </div>
      <Slider
        size="sm"
        min={0}
        max={Math.max(1, whole)}
        step={100}
        value={play.at}
        onChange={play.seek}
        label={clock}
        thumbLabel={t("position")}
        aria-label={t("position")}
      />
      <Group gap="sm" mt={8} wrap="wrap">
        <ActionIcon aria-label={t("back5")} title={t("back5")} onClick={() => play.seek(play.at - STEP)}>
          <IconPlayerSkipBack size={16} />
        </ActionIcon>
        <ActionIcon
          variant="filled"
          color="pine"
          size="lg"
          aria-label={play.playing ? t("pause") : t("play")}
          title={play.playing ? t("pause") : t("play")}
          onClick={play.toggle}
        >
          {play.playing ? <IconPlayerPauseFilled size={16} /> : <IconPlayerPlayFilled size={16} />}
        </ActionIcon>
        <ActionIcon aria-label={t("on5")} title={t("on5")} onClick={() => play.seek(play.at + STEP)}>
          <IconPlayerSkipForward size={16} />
        </ActionIcon>
        <Text size="sm">
          {clock(play.at)} / {clock(whole)}
        </Text>
        <SegmentedControl
          aria-label={t("speed")}
          value={String(play.speed)}
          onChange={(said) => play.setSpeed(Number(said))}
          data={SPEEDS.map((value) => ({ value, label: `${value}×` }))}
        />
        <Switch label={t("skip")} checked={play.skip} onChange={(event) => play.setSkip(event.currentTarget.checked)} />
      </Group>
    </figure>
  );
}
