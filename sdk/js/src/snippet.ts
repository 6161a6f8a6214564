/** The stub for the page's head: calls made before the script has come are kept in order. It works before and after it. */
((page: any) => {
  const asked: any = (page.dangol = page.dangol || []);
  for (const name of "load track page identify group reset flush consent replay CALLS".split(" "))
    asked[name] =
      asked[name] ||
      ((...rest: unknown[]) => {
        asked.push([name, ...rest]);
      });
})(window);
