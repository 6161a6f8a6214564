/** Forms begun, sent and left. Field values stay with the visitor, but for fields the shop has marked. */

import { nameOf, selectorOf } from "./selector.ts";
import { cut } from "./text.ts";
import type { Host, Props } from "./types.ts";

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** Never, marked or not: passwords, hidden fields, files, cards, one-time codes. */
const secret = (field: Field): boolean =>
  /password|hidden|file/.test(field.type) || /cc-|one-time|password/.test(field.autocomplete || "");

const fieldName = (field: Field): string => nameOf(field) || field.name || selectorOf(field);

const values = (form: HTMLFormElement): Props | undefined => {
  let marked: Props | undefined;
  for (const field of [...form.elements] as Field[]) {
    if (!field.hasAttribute("data-dangol-value") || secret(field)) continue;
    const box = /checkbox|radio/.test(field.type);
    if (!box || (field as HTMLInputElement).checked || field.type == "checkbox")
      (marked ||= {})[fieldName(field)] = field.type == "checkbox" ? (field as HTMLInputElement).checked : cut(field.value, 500);
  }
  return marked;
};

// `form.name` may be a field called "name"
const describe = (form: HTMLFormElement): Props => ({
  selector: selectorOf(form),
  name: nameOf(form) || form.getAttribute("name") || undefined,
});

export const forms = (host: Host): void => {
  let begun = new Map<HTMLFormElement, string>();
  host.on(document, "input", (event: Event) => {
    const field = event.composedPath()[0] as Field;
    const form = field?.form;
    if (!form || form.closest("[data-dangol-ignore]")) return;
    if (!begun.has(form)) host.track("Form Started", { ...describe(form), field: fieldName(field) });
    begun.set(form, fieldName(field));
  });
  host.on(document, "submit", (event: Event) => {
    const form = event.composedPath()[0] as HTMLFormElement;
    if (!form.elements || form.closest("[data-dangol-ignore]")) return;
    host.track("Form Submitted", { ...describe(form), values: values(form) });
    begun.delete(form);
  });
  host.leaving(() => {
    for (const [form, last] of begun) host.track("Form Abandoned", { ...describe(form), last_field: last });
    begun = new Map();
  });
};
