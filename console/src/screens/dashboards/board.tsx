/** A dashboard: its tiles, one period over all of them, and what can be done with it. */
import { Button, Menu, Select, Text, TextInput } from "@mantine/core";
import { IconDots, IconLayoutGrid, IconShare3 } from "@tabler/icons-react";
import { type KeyboardEvent, useRef, useState } from "react";

import { ApiError, useMay } from "../../api";
import { Answer, Empty, Go, Page, say, sayError, useConfirm, useFormat, useGo, useKeys, useLang, usePlace, useView, useWords } from "../../ui";
import { type Board as BoardOf, type Change, type Document, type Tile as TileOf, useBoard, useBoardChange, useTile } from "../understand/boards";
import { PeriodPick } from "../understand/editor/controls";
import styles from "./dashboards.module.css";
import { History } from "./history";
import { drawn, inOrder, moved, sized, without } from "./layout";
import { Plan } from "./plan";
import { Share } from "./share";
import { type Arrange, Tile } from "./tile";
import { words } from "./words";

export default function BoardScreen() {
  const t = useWords(words);
  const { name = "" } = usePlace();
  const query = useBoard(name);
  if (query.data) return <Board key={name} board={query.data} />;
  return (
    <Page title={t("board")} crumbs={[{ says: t("title"), to: "/dashboards" }]}>
      <Answer query={query} height={420}>
        {() => null}
      </Answer>
    </Page>
  );
}

const titleOf = (document: Document, lang: "ko" | "en"): string => document.says[lang] || document.says.ko || document.says.en || document.dashboard;

/** Saving, and telling whoever comes second. */
function useSaving(board: BoardOf) {
  const t = useWords(words);
  const format = useFormat();
  const ask = useConfirm();
  const change = useBoardChange();
  const query = useBoard(board.dashboard);
  return async (to: Change, said = ""): Promise<void> => {
    const save = (version: number) => change.save.mutateAsync({ name: board.dashboard, change: to, version });
    try {
      await save(board.version);
      if (said) say(said);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409) return sayError(error);
      const theirs = (await query.refetch()).data;
      if (!theirs) return sayError(error);
      const mine = await ask({
        title: t("conflict"),
        body: t("conflictSays", { by: theirs.changed_by, version: theirs.version, at: format.moment(theirs.changed_at) }),
        action: t("conflictMine"),
      });
      if (mine !== null) await save(theirs.version).then(() => say(t("saved")), sayError);
    }
  };
}

type Open = "share" | "history" | "plan" | null;

function Board({ board }: { board: BoardOf }) {
  const t = useWords(words);
  const lang = useLang();
  const go = useGo();
  const ask = useConfirm();
  const [view, setView] = useView();
  const change = useBoardChange();
  const save = useSaving(board);
  const [open, setOpen] = useState<Open>(null);
  const [naming, setNaming] = useState<string | null>(null);
  const { document } = board;
  const title = titleOf(document, lang);
  const define = useMay()("define");
  const arranging = define && view["arrange"] === "1";
  const period = view["period"] ?? "";
  const tiles = inOrder(document.tiles);
  useKeys(
    define
      ? [
          { key: "e", says: t("edit"), run: () => setView({ arrange: arranging ? null : 1 }) },
          { key: "s", says: t("share"), run: () => setOpen("share") },
        ]
      : [],
  );
  /** Looking at another period changes the address; taking the board's own away changes the board. */
  const pickPeriod = (next: string) => {
    setView({ period: next || null });
    if (!next && document.period) void save((now) => ({ ...now, period: "" }), t("saved"));
  };
  const remove = async () => {
    const said = await ask({ title: t("removeAsk", { name: title }), body: t("removeSays"), action: t("remove"), danger: true });
    if (said === null) return;
    change.remove.mutate({ name: board.dashboard, version: board.version }, { onSuccess: () => { say(t("removed")); go("/dashboards"); }, onError: sayError });
  };
  const duplicate = () =>
    change.make.mutate(
      { ...document, dashboard: "", says: { [lang]: t("copyOf", { name: title }) } },
      { onSuccess: (made) => go(`/dashboards/${made.dashboard}`), onError: sayError },
    );
  const rename = () => {
    if (naming?.trim() && naming.trim() !== title) void save((now) => ({ ...now, says: { ...now.says, [lang]: naming.trim() } }));
    setNaming(null);
  };
  return (
    <Page
      title={title}
      crumbs={[{ says: t("title"), to: "/dashboards" }]}
      actions={
        define && <>
          <Button variant={arranging ? "filled" : "default"} leftSection={<IconLayoutGrid size={14} />} aria-pressed={arranging} onClick={() => setView({ arrange: arranging ? null : 1 })}>
            {arranging ? t("done") : t("edit")}
          </Button>
          <Button variant="default" leftSection={<IconShare3 size={14} />} onClick={() => setOpen("share")}>
            {t("share")}
          </Button>
          <Menu position="bottom-end">
            <Menu.Target>
              <Button variant="default" px={8} aria-label={t("more")}>
                <IconDots size={16} />
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => setNaming(title)}>{t("rename")}</Menu.Item>
              <Menu.Item onClick={duplicate}>{t("duplicate")}</Menu.Item>
              <Menu.Item onClick={() => setOpen("history")}>{t("history")}</Menu.Item>
              <Menu.Item onClick={() => setOpen("plan")}>{t("schedule")}</Menu.Item>
              <Menu.Divider />
              <Menu.Item color="red" onClick={() => void remove()}>
                {t("remove")}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </>
      }
    >
      {naming !== null && (
        <TextInput
          aria-label={t("name")}
          value={naming}
          maxLength={80}
          maw={420}
          mb={10}
          autoFocus
          onChange={(event) => setNaming(event.currentTarget.value)}
          onBlur={rename}
          onKeyDown={(event) => (event.key === "Enter" ? rename() : event.key === "Escape" && setNaming(null))}
        />
      )}
      <div className={styles["period"]}>
        <PeriodPick label={t("period")} value={period || document.period || ""} {...(define || !document.period ? { empty: t("eachOwn") } : {})} onChange={pickPeriod} />
        {define && period !== "" && period !== document.period && (
          <Button variant="subtle" onClick={() => void save((now) => ({ ...now, period }), t("saved")).then(() => setView({ period: null }))}>
            {t("save")}
          </Button>
        )}
        <Select
          label={t("compare")}
          data={[
            { value: "-", label: t("eachOwn") },
            ...(["none", "before", "year"] as const).map((one) => ({ value: one as string, label: t(`compare_${one}`) })),
          ]}
          value={document.compare || "-"}
          onChange={(next) => void save((now) => ({ ...now, compare: next === "-" ? "" : (next as Document["compare"]) }))}
          disabled={!define}
          allowDeselect={false}
          w={150}
        />
        {arranging && (
          <Text size="sm" c="dimmed" pb={5}>
            {t("arrangeHint")}
          </Text>
        )}
      </div>
      {tiles.length === 0 ? (
        <Empty height={320} why={t("noTiles")} hint={t("noTilesHint")} action={<Go to="/understand">{t("toUnderstand")}</Go>} />
      ) : (
        <Grid board={board} tiles={tiles} arranging={arranging} period={period} save={save} />
      )}
      <Share name={board.dashboard} opened={open === "share"} onClose={() => setOpen(null)} />
      <History board={board} opened={open === "history"} onClose={() => setOpen(null)} onRevert={(old) => void save(() => ({ ...old, dashboard: board.dashboard }))} />
      <Plan document={document} opened={open === "plan"} onClose={() => setOpen(null)} onSave={(schedule) => void save((now) => ({ ...now, schedule }), t("saved"))} />
    </Page>
  );
}

type GridProps = { board: BoardOf; tiles: readonly TileOf[]; arranging: boolean; period: string; save: (to: Change, said?: string) => Promise<void> };

function Grid({ board, tiles, arranging, period, save }: GridProps) {
  const t = useWords(words);
  const [dragged, setDragged] = useState<string | null>(null);
  // while it is being saved the new order is shown already: a layout is a definition, not a number
  const [draft, setDraft] = useState<TileOf[] | null>(null);
  const saving = useRef(0);
  const [said, setSaid] = useState("");
  const shown = draft ?? tiles;
  const put = (next: TileOf[], word = "") => {
    setDraft(next);
    setSaid(word);
    saving.current += 1;
    void save((now) => ({ ...now, tiles: next })).finally(() => {
      saving.current -= 1;
      if (!saving.current) setDraft(null);
    });
  };
  const step = (id: string, by: number) => {
    const at = shown.findIndex((tile) => tile.id === id);
    const next = moved(shown, id, at + by);
    put(next, t("moved", { title: shown[at]?.title ?? "", n: next.findIndex((tile) => tile.id === id) + 1, of: next.length }));
  };
  const size = (id: string, wider: number, higher: number) => {
    const next = sized(shown, id, wider, higher);
    const tile = next.find((one) => one.id === id);
    put(next, t("sized", { title: tile?.title ?? "", w: tile?.w ?? 0, h: tile?.h ?? 0 }));
  };
  const draw: Arrange["onDraw"] = (id, to) => {
    if (to) {
      setDraft(drawn(shown, id, to.w, to.h));
      return;
    }
    const [was, tile] = [tiles, shown].map((all) => all.find((one) => one.id === id));
    if (!tile || !was || (tile.w === was.w && tile.h === was.h)) setDraft(null);
    else put([...shown], t("sized", { title: tile.title, w: tile.w, h: tile.h }));
  };
  const arrange: Arrange = {
    dragged,
    onDraw: draw,
    onDrag: setDragged,
    onDrop: (onto) => {
      if (dragged && dragged !== onto) put(moved(shown, dragged, shown.findIndex((tile) => tile.id === onto)));
      setDragged(null);
    },
    onKey: (id: string, event: KeyboardEvent) => {
      const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
      if (!x && !y) return;
      event.preventDefault();
      if (event.shiftKey) size(id, x ?? 0, y ?? 0);
      else step(id, (x ?? 0) + (y ?? 0));
    },
  };
  const unpin = (tile: TileOf) => {
    const place = shown.findIndex((one) => one.id === tile.id);
    put(without(shown, tile.id));
    say(t("unpinned", { title: tile.title }), () => void save((now) => ({ ...now, tiles: moved([...without(now.tiles, tile.id), tile], tile.id, place) })));
  };
  return (
    <>
      <div className="unseen" role="status">
        {said}
      </div>
      <div className={styles["grid"]}>
        {shown.map((tile, n) => (
          <Pinned
            key={tile.id}
            board={board}
            tile={tile}
            period={period}
            arrange={arranging ? arrange : undefined}
            menu={
              <>
                <Menu.Item disabled={n === 0} onClick={() => step(tile.id, -1)}>
                  {t("moveBefore")}
                </Menu.Item>
                <Menu.Item disabled={n === shown.length - 1} onClick={() => step(tile.id, 1)}>
                  {t("moveAfter")}
                </Menu.Item>
                <Menu.Item onClick={() => size(tile.id, 1, 0)}>{t("wider")}</Menu.Item>
                <Menu.Item onClick={() => size(tile.id, -1, 0)}>{t("narrower")}</Menu.Item>
                <Menu.Item onClick={() => size(tile.id, 0, 1)}>{t("higher")}</Menu.Item>
                <Menu.Item onClick={() => size(tile.id, 0, -1)}>{t("lower")}</Menu.Item>
                <Menu.Item color="red" onClick={() => unpin(tile)}>
                  {t("unpin")}
                </Menu.Item>
                <Menu.Divider />
              </>
            }
          />
        ))}
      </div>
    </>
  );
}

type PinnedProps = { board: BoardOf; tile: TileOf; period: string; arrange: Arrange | undefined; menu: React.ReactNode };

function Pinned({ board, tile, period, arrange, menu }: PinnedProps) {
  const query = useTile(board.dashboard, tile, period, board.document);
  const own = period || board.document.period;
  const question = { ...tile.question, ...(own ? { period: own } : {}), ...(board.document.compare ? { compare: board.document.compare } : {}) };
  return <Tile tile={tile} query={query} question={question} arrange={arrange} menu={menu} />;
}
