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

# Lines of pip in, one short sign of life after the other out.
show_progress() {
  local total=$1 line seen=0 doing="downloading" started=$SECONDS last=$SECONDS
  while true; do
    if IFS= read -r -t 5 line; then
      case $line in
        Collecting* | Processing*) seen=$((seen + 1)) ;;
        Ignoring*) total=$((total - 1)) ;;
        "Installing collected"*) doing="unpacking" last=0 ;;
      esac
    elif [ $? -le 128 ]; then
      break
    fi
    if ((SECONDS - last >= 5)); then
      last=$SECONDS
      say "   $doing, $seen of $total packages, $((SECONDS - started)) s"
    fi
  done
}

# Waits until no other process holds the lock of this file descriptor. (macOS has no flock.)
alone() {
  if command -v flock >/dev/null; then flock "$1"; fi
}

# The pip that makes the environments, in .venv-pip: the locked one, made once. The one that comes with Python
# may be years old; it takes twice as long, and each environment would get its own first.
make_pip() {
  local python=$1 folder
  if [ -f .venv-pip/.made-from ] && [ "$(<.venv-pip/.made-from)" = "$(<requirements-pip.txt)" ]; then
    return
  fi
  folder=$(mktemp -d .venv-pip-XXXXXX)
  "$python" -m venv "$folder/venv" || fail "cannot make $folder/venv with $python"
  "$folder/venv/bin/python" -m pip install --disable-pip-version-check --quiet --no-input --no-compile \
    --no-deps --require-hashes --requirement requirements-pip.txt --target "$folder/pip" 2>"$folder/errors.txt" || {
    cat "$folder/errors.txt" >&2
    rm -rf "$folder"
    fail "cannot install requirements-pip.txt into .venv-pip"
  }
  printf '%s' "$(<requirements-pip.txt)" >"$folder/pip/.made-from"
  rm -rf .venv-pip
  mv "$folder/pip" .venv-pip
  rm -rf "$folder"
}

# The locked pip, for the environment of a Python. Its byte code is kept, since it runs several times.
#   pip_of .venv-test/bin/python install …
pip_of() {
  local python=$1
  shift
  env -u PYTHONDONTWRITEBYTECODE "$python" .venv-pip/pip "$@"
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
  local folder=$1 requirements=$2 python=$3 without=${4:-} wanted total
  wanted="$("$python" -VV) $PWD
$(<"$requirements")
$(<pyproject.toml)"
  if [ -f "$folder/.made-from" ] && [ "$(<"$folder/.made-from")" = "$wanted" ]; then
    return
  fi
  total=$(grep -c '==' "$requirements")
  say "-- $folder: Python $("$python" -c 'import platform; print(platform.python_version())'), $requirements"
  {
    alone 8
    make_pip "$python"
  } 8>.venv-pip.lock
  "$python" -m venv --clear --without-pip "$folder" || fail "cannot make $folder with $python"
  # What pip is asked to install is complete and pinned by hash: nothing is resolved.
  # Byte code is compiled at the first import, and only of what is imported.
  if ! pip_of "$folder/bin/python" install --disable-pip-version-check --no-input --no-compile \
    --no-deps --require-hashes --requirement "$requirements" 2>"$folder/pip-errors.txt" |
    tee "$folder/pip-output.txt" | show_progress "$total"; then
    tail -n 20 "$folder/pip-output.txt" "$folder/pip-errors.txt" >&2
    fail "cannot install $requirements into $folder"
  fi
  [ -n "$without" ] || pip_of "$folder/bin/python" install --disable-pip-version-check --quiet --no-input \
    --no-deps --no-build-isolation --editable . 2>"$folder/pip-errors.txt" || {
    cat "$folder/pip-errors.txt" >&2
    fail "cannot install this package into $folder"
  }
  printf '%s' "$wanted" >"$folder/.made-from"
}
