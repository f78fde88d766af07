# Sourced by script/test, script/demo and .ci/run: finds a Python, makes a virtual environment
# from a locked requirements file, and shows that it is working.

say() { printf '%s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

# A Python that runs, of one of the given minor versions: $PYTHON, or the first on the PATH.
#   find_python script/test 3.11 3.12 3.10
find_python() {
  local asker=$1 candidate version
  shift
  for candidate in ${PYTHON:+"$PYTHON"} $([ -n "${PYTHON:-}" ] || printf 'python%s ' "$@" "3" ""); do
    version=$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
    case " $* " in *" $version "*) ;; *) continue ;; esac
    "$candidate" -c 'import venv, ensurepip' 2>/dev/null ||
      fail "$asker: $candidate has no venv module; install it (Debian: apt-get install python$version-venv) or name another Python with PYTHON="
    "$candidate" -c 'import sys; print(sys.executable)'
    return
  done
  local versions
  versions=$(printf '%s\n' "$@" | sort -V)
  versions="${versions%%$'\n'*} to ${versions##*$'\n'}"
  if [ -n "${PYTHON:-}" ]; then
    fail "$asker: needs Python $versions, and PYTHON=$PYTHON is none of these"
  fi
  fail "$asker: needs Python $versions, and finds none on the PATH; name one with PYTHON=/path/to/python"
}

# Reads what is said meanwhile, and says every five seconds how long it takes.
show_progress() {
  local started=$SECONDS last=$SECONDS
  while IFS= read -r -t 5 || [ $? -gt 128 ]; do
    if ((SECONDS - last >= 5)); then
      last=$SECONDS
      say "   $1, $((SECONDS - started)) s"
    fi
  done
  cat >/dev/null # where a wait of Bash 3 ended the loop
}

# Waits until no other process holds the lock of this file descriptor. (macOS has no flock.)
alone() {
  if command -v flock >/dev/null; then flock "$1"; fi
}

# The uv that installs packages into the environments, in .venv-uv: the locked one, made once.
make_uv() {
  local python=$1 folder=.venv-uv
  if [ -f $folder/.made-from ] && [ "$(<$folder/.made-from)" = "$(<requirements-uv.txt)" ]; then
    return
  fi
  "$python" -m venv --clear $folder || fail "cannot make $folder with $python"
  $folder/bin/python -m pip install --disable-pip-version-check --quiet --no-input --no-compile \
    --no-deps --require-hashes --requirement requirements-uv.txt 2>$folder/errors.txt || {
    cat $folder/errors.txt >&2
    fail "cannot install requirements-uv.txt into $folder"
  }
  printf '%s' "$(<requirements-uv.txt)" >$folder/.made-from
}

# Installs into the environment of a Python: uv does, from the index that pip is set to. Where it cannot, as with other
# settings that only pip knows, pip does, many times slower.
#   install_into .venv-test/bin/python --requirement requirements-dev.txt
install_into() {
  local python=$1 pip=".venv-uv/bin/python -m pip --disable-pip-version-check" index
  shift
  index=${UV_DEFAULT_INDEX:-${PIP_INDEX_URL:-$($pip config get global.index-url 2>/dev/null || true)}}
  env ${PIP_CERT:+SSL_CERT_FILE="$PIP_CERT"} \
    .venv-uv/bin/uv pip install ${index:+--default-index "$index"} --python "$python" "$@" ||
    $pip --python "$python" install --no-input --no-compile "$@"
}

# A virtual environment with exactly the locked packages and this repository's own, editable.
# Kept while Python, requirements and pyproject.toml stay as they are.
#   make_environment .venv-test requirements-dev.txt "$python"
#   make_environment .venv-dbt requirements-dbt.txt "$python" without-this-package
make_environment() {
  # Two scripts may want the same one at once: the second waits, and finds it made.
  {
    alone 9
    make_environment_alone "$@"
  } 9>"$1.lock"
}

make_environment_alone() {
  local folder=$1 requirements=$2 python=$3 without=${4:-} wanted
  wanted="$("$python" -VV) $PWD
$(<"$requirements")
$(<pyproject.toml)"
  if [ -f "$folder/.made-from" ] && [ "$(<"$folder/.made-from")" = "$wanted" ]; then
    return
  fi
  say "-- $folder: Python $("$python" -c 'import platform; print(platform.python_version())'), $requirements"
  {
    alone 8
    make_uv "$python"
  } 8>.venv-uv.lock
  "$python" -m venv --clear --without-pip "$folder" || fail "cannot make $folder with $python"
  # What is asked for is complete and pinned by hash: nothing is resolved. Byte code is compiled at the first import,
  # and only of what is imported.
  if ! {
    install_into "$folder/bin/python" --no-deps --require-hashes --requirement "$requirements" &&
      { [ -n "$without" ] || install_into "$folder/bin/python" --no-deps --no-build-isolation --editable .; }
  } 2>&1 | tee "$folder/installation.txt" |
    show_progress installing; then
    tail -n 40 "$folder/installation.txt" >&2
    fail "cannot install $requirements into $folder"
  fi
  printf '%s' "$wanted" >"$folder/.made-from"
}
