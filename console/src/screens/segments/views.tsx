/** The other views of a segment; each is a file of its own kind of question. */
export { Differ, Members, Overlap } from "./people";
export { Sql, Yaml } from "./texts";
export { History, Trend } from "./times";
