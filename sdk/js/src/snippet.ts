/** The stub for the page's head: calls made before the script has come are kept in order. */
((page: any, address: string) => {
  if (page.dangol) return;
  const asked: any = (page.dangol = []);
  for (const name of "load track page identify group reset flush consent replay CALLS".split(" "))
    asked[name] = (...rest: unknown[]) => {
      asked.push([name, ...rest]);
    };
  const script = document.createElement("script");
  script.async = true;
  script.src = address;
  document.head.append(script);
})(window, "SRC");
