/** Segments as a picture, in four views; the view and what was chosen are in the address. */
import { Button, MultiSelect, Tabs } from "@mantine/core";

import { Answer, Empty, Page, useGo, useKeys, useView, useWords } from "../../ui";
import { type Picture, usePicture } from "./api";
import { Flows } from "./flows";
import { RfmMap } from "./rfm";
import { Sizes, Upset } from "./upset";
import { Tree } from "./tree";
import { words } from "./words";

export default function SegmentMap() {
  const t = useWords(words);
  const go = useGo();
  const [view, set] = useView();
  const chosen = view["chosen"] ?? "";
  const picture = usePicture(chosen);
  useKeys([{ key: "c", says: t("create"), run: () => go("/segments/new") }]);
  const none = (found: Picture) =>
    found.segments.length === 0 && <Empty height={320} why={t("none")} hint={t("noneHint")} action={<Button onClick={() => go("/segments/new")}>{t("create")}</Button>} />;
  const choose = (names: string[]) => set({ chosen: names.slice(0, 12).join(",") });
  const names = chosen ? chosen.split(",") : [];
  return (
    <Page title={t("title")} says={t("says")}>
      <Tabs value={view["tab"] ?? "sizes"} onChange={(tab) => set({ tab: tab === "sizes" ? null : tab })}>
        <Tabs.List mb={12} style={{ flexWrap: "nowrap", overflowX: "auto" }}>
          <Tabs.Tab value="sizes">{t("tabSizes")}</Tabs.Tab>
          <Tabs.Tab value="tree">{t("tabTree")}</Tabs.Tab>
          <Tabs.Tab value="flows">{t("tabFlows")}</Tabs.Tab>
          <Tabs.Tab value="rfm">{t("tabRfm")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="sizes">
          <Answer query={picture} height={420} empty={none}>
            {(found) => (
              <>
                <Chosen found={found} names={names} set={choose} />
                <Upset found={found} />
                <Sizes found={found} pick={(name) => choose(names.includes(name) ? names.filter((n) => n !== name) : [...(names.length ? names : found.chosen), name])} />
              </>
            )}
          </Answer>
        </Tabs.Panel>
        <Tabs.Panel value="tree">
          <Answer query={picture} height={420} empty={none}>
            {(found) => <Tree found={found} />}
          </Answer>
        </Tabs.Panel>
        <Tabs.Panel value="flows">
          <Answer query={picture} height={420} empty={none}>
            {(found) => (
              <>
                <Chosen found={found} names={names} set={choose} />
                <Flows found={found} names={names.length ? names : found.chosen} />
              </>
            )}
          </Answer>
        </Tabs.Panel>
        <Tabs.Panel value="rfm">
          <RfmMap />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function Chosen({ found, names, set }: { found: Picture; names: string[]; set: (names: string[]) => void }) {
  const t = useWords(words);
  const data = found.segments.map((s) => ({ value: s.segment, label: s.says }));
  return <MultiSelect label={t("choose")} description={t("chooseSays")} data={data} value={names} searchable clearable hidePickedOptions maxValues={12} mb={12} onChange={set} />;
}
