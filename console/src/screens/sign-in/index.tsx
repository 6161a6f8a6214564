/** The door: e-mail and password, the provider, or a one-time link that makes an account or a new password. */
import { Anchor, Text } from "@mantine/core";
import { useEffect } from "react";

import { Answer, setLang, useLang, useView, useWords } from "../../ui";
import { type Access, useAccess, useToken } from "./access";
import { ByLink } from "./by-link";
import { ByPassword } from "./by-password";
import { Said } from "./said";
import classes from "./sign-in.module.css";
import { words } from "./words";

export default function SignIn() {
  const t = useWords(words);
  const lang = useLang();
  const access = useAccess();
  const token = useToken();
  const title = t("title");
  useEffect(() => {
    document.title = `${title} · dangol`;
  }, [title]);
  return (
    <main className={classes.door} id="screen">
      <div className={classes.card}>
        <div className={classes.head}>
          <img src="/icon.svg" width={26} height={26} alt="" />
          <Anchor component="button" type="button" size="sm" lang={lang === "ko" ? "en" : "ko"} onClick={() => setLang(lang === "ko" ? "en" : "ko")}>
            {t("language")}
          </Anchor>
        </div>
        <Answer query={access} height={260}>
          {(found) => (token ? <ByLink token={token} access={found} /> : <Plain access={found} />)}
        </Answer>
      </div>
    </main>
  );
}

function Plain({ access }: { access: Access }) {
  const t = useWords(words);
  const [view] = useView();
  const why = view["refused"];
  const known = why === "unknown" || why === "unverified" || why === "failed" ? why : null;
  if (access.new) return <Said title={t("new")} says={t("newHint")} />;
  return (
    <>
      <Said title={t("into", { shop: access.shop })} />
      {known && (
        <Text size="sm" c="var(--bad)" role="alert">
          {t(`refused_${known}`)}
        </Text>
      )}
      <ByPassword access={access} />
    </>
  );
}
