/** What every screen is built from. */
export { Answer, type AnswerProps } from "./answer";
export { type Bar, Bars } from "./bars";
export { Chart, type ChartProps, type ChartRow } from "./chart";
export { useConfirm } from "./confirm";
export { csv } from "./csv";
export { type Format, formats, type Moment, readMoment, useFormat } from "./format";
export { Go } from "./go";
export { type Key, useKeys } from "./keys";
export { Explanation, type Explained, Number } from "./number";
export { Page, Panel } from "./page";
export { type Pill, Pills } from "./pills";
export { room, usePlace } from "./room";
export { say, sayError } from "./say";
export { Sentence } from "./sentence";
export { Empty, ErrorBox, NotHere, Waiting } from "./states";
export { type Column, DataTable, type Sort } from "./table";
export { type Patch, useGo, usePath, useView, type View } from "./view";
export { currentLang, type Holes, type Lang, sayIn, type Say, setLang, useLang, useWords, type Words } from "./words";
