import type { Words } from "../../ui";

export const words = {
  en: {
    room: "Sources",
    sources: "All sources",
    import: "Import files",
    live: "Live events",
    plan: "Tracking plan",
    quarantine: "Quarantine",
    parts: "Parts of sources",
  },
  ko: {
    room: "데이터 원천",
    sources: "모든 원천",
    import: "파일 가져오기",
    live: "실시간 이벤트",
    plan: "수집 계획",
    quarantine: "격리",
    parts: "데이터 원천의 화면",
  },
} satisfies Words;
