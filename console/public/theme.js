// Before the first paint, so that a dark screen never flashes white. A file of its own: the page allows no script within itself.
(function () {
  var chosen = null;
  try {
    chosen = localStorage.getItem("dangol.theme");
  } catch (_) {
    // storage may be closed to us; then the system decides
  }
  var dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
