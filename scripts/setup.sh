# Set-up that scripts/demo and scripts/test share; sourced with the project as current folder.
# shellcheck shell=bash

fail() {
  echo "$*" >&2
  exit 1
}

# Two set-ups of one folder at once wait for each other; the lock ends with unlock_setup.
lock_setup() {
  if ! mkdir -p .local 2>/dev/null || [[ ! -w .local ]]; then
    fail "$PWD/.local cannot be written: run this as the user who owns the folder."
  fi
  exec 9>.local/setup.lock
  flock 9
}

unlock_setup() {
  exec 9>&-
}

# Prints yes when the arguments say so.
wants_yes() {
  local argument
  for argument in "$@"; do
    if [[ "$argument" == --yes ]]; then
      echo yes
    fi
  done
}

# -- System packages -------------------------------------------------------------------------

has_python() {
  command -v python3 >/dev/null && python3 -c 'import ensurepip, venv' 2>/dev/null
}

has_npm() {
  command -v npm >/dev/null && command -v node >/dev/null
}

# The same rule as find_bin_dirs in geoapp/db/installation.py, which needs the .venv.
has_postgis() {
  local folder
  for folder in /usr/lib/postgresql/*/; do
    folder="$(basename "$folder")"
    if [[ "$folder" =~ ^[0-9]+$ ]] && ((folder >= 15)) \
      && [[ -x "/usr/lib/postgresql/$folder/bin/initdb" ]] \
      && is_postgis_new_enough "/usr/lib/postgresql/$folder/lib" "/usr/share/postgresql/$folder"; then
      return 0
    fi
  done
  command -v pg_config >/dev/null \
    && (($(pg_config --version | grep -oE '[0-9]+' | head -n 1) >= 15)) \
    && [[ -x "$(pg_config --bindir)/initdb" ]] \
    && is_postgis_new_enough "$(pg_config --pkglibdir)" "$(pg_config --sharedir)"
}

# is_postgis_new_enough LIBRARIES SHARE
is_postgis_new_enough() {
  local version
  [[ -f "$1/postgis-3.so" ]] || return 1
  version="$(sed -nE "s/^default_version *= *'([0-9]+\.[0-9]+).*/\1/p" \
    "$2/extension/postgis.control" 2>/dev/null)" || return 1
  [[ -n "$version" && "$(printf '3.3\n%s\n' "$version" | sort -V | head -n 1)" == 3.3 ]]
}

has_chromium() {
  command -v chromium >/dev/null
}

has_fonts() {
  [[ -d /usr/share/fonts/truetype/noto ]] \
    && [[ -n "$(find /usr/share/fonts/truetype/noto -name 'NotoSans-Regular.ttf' -print -quit)" ]]
}

# What WeasyPrint draws with, for lists on paper.
has_pango() {
  local library
  for library in libpango-1.0.so.0 libpangoft2-1.0.so.0 libharfbuzz-subset.so.0; do
    [[ -n "$(find /usr/lib /usr/local/lib -maxdepth 2 -name "$library" -print -quit 2>/dev/null)" ]] \
      || return 1
  done
}

packages_for() {
  case "$1" in
    python) echo "python3 python3-venv" ;;
    npm) echo "npm" ;;
    postgis) postgis_packages ;;
    chromium) echo "chromium" ;;
    fonts) echo "fonts-noto-core" ;;
    pango) echo "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" ;;
  esac
}

# The newest PostgreSQL, from 15 on, that this machine's package lists have with PostGIS.
postgis_packages() {
  local major
  major="$(apt-cache pkgnames postgresql- 2>/dev/null \
    | sed -nE 's/^postgresql-([0-9]+)-postgis-3$/\1/p' | sort -n | tail -n 1)"
  if [[ -n "$major" ]] && ((major >= 15)); then
    echo "postgresql-$major postgresql-$major-postgis-3"
  fi
}

name_of() {
  case "$1" in
    python) echo "Python 3.11 or newer (python3, python3-venv)" ;;
    npm) echo "npm, for the map's JavaScript (npm)" ;;
    postgis) echo "PostgreSQL 15 or newer with PostGIS 3.3 (on Debian 12: postgresql-15-postgis-3)" ;;
    chromium) echo "a browser for the tests (chromium)" ;;
    fonts) echo "fonts for print and the tests (fonts-noto-core)" ;;
    pango) echo "Pango, for print (libpango-1.0-0, libpangoft2-1.0-0, libharfbuzz-subset0)" ;;
  esac
}

# ensure_packages YES NEED...: what is missing of NEED is installed, with rights.
ensure_packages() {
  local yes="$1" need rights
  local -a missing=()
  ! has_python || check_python
  for need in "${@:2}"; do
    if [[ "$need" != npm ]] || ! scripts/vendor --check; then
      "has_$need" || missing+=("$need")
    fi
  done
  if ((${#missing[@]} > 0)); then
    rights="$(find_rights "${missing[@]}")"
    install_packages "$yes" "$rights" "${missing[@]}"
    check_python
  fi
}

check_python() {
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
    || fail "Python 3.11 or newer is needed, and python3 here is $(python3 -V | cut -d' ' -f2): use Debian 12 or newer."
}

joined_names() {
  local need names=""
  for need in "$@"; do
    names+="${names:+; }$(name_of "$need")"
  done
  echo "$names"
}

# Prints "root" or "sudo".
find_rights() {
  local names advice=""
  names="$(joined_names "$@")"
  [[ " $* " != *" postgis "* ]] || advice=" (or set DATABASE_URL instead of installing PostgreSQL)"
  command -v apt-get >/dev/null \
    || fail "This is not Debian or alike, so please install this by hand and try again: $names$advice."
  if ((EUID == 0)); then
    echo root
  elif command -v sudo >/dev/null && { [[ -t 0 ]] || sudo -n true 2>/dev/null; }; then
    echo sudo
  else
    fail "Missing, and installing it needs root or sudo, so please have it installed: $names$advice."
  fi
}

install_packages() {
  local yes="$1" rights="$2" need answer
  local -a packages=()
  echo "This will install with apt-get:"
  for need in "${@:3}"; do
    echo "  $(name_of "$need")"
  done
  if [[ -t 0 && "$yes" != yes ]]; then
    read -r -p "Go on? [Y/n] " answer
    [[ -z "$answer" || "$answer" == [YyJj]* ]] || fail "Nothing was installed."
  fi
  with_rights "$rights" apt-get update -qq || fail "apt-get update failed: see above."
  for need in "${@:3}"; do
    read -r -a found <<<"$(packages_for "$need")"
    ((${#found[@]} > 0)) || fail "The package lists of this machine have no $(name_of "$need"): set DATABASE_URL, or use Debian 12 or newer."
    packages+=("${found[@]}")
  done
  echo "Installing: ${packages[*]}"
  without_system_cluster "$rights" \
    apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "${packages[@]}" \
    || fail "apt-get could not install: ${packages[*]} (see above)."
  for need in "${@:3}"; do
    "has_$need" || fail "Still missing after the installation: $(name_of "$need")."
  done
}

with_rights() {
  local rights="$1"
  shift
  if [[ "$rights" == sudo ]]; then
    sudo env DEBIAN_FRONTEND=noninteractive "$@" </dev/null >/dev/null
  else
    DEBIAN_FRONTEND=noninteractive "$@" </dev/null >/dev/null
  fi
}

# Debian's server package makes and starts a cluster of the system; nobody asked for one.
without_system_cluster() {
  local rights="$1" folder=/etc/postgresql-common/createcluster.d status=0
  shift
  if [[ "$*" != *" postgresql-"* ]]; then
    with_rights "$rights" "$@"
    return
  fi
  with_rights "$rights" mkdir -p "$folder"
  with_rights "$rights" sh -c "echo 'create_main_cluster = false' > $folder/geoapp-setup.conf"
  trap 'with_rights "'"$rights"'" rm -f "'"$folder"'/geoapp-setup.conf"' EXIT
  with_rights "$rights" "$@" || status=$?
  with_rights "$rights" rm -f "$folder/geoapp-setup.conf"
  trap - EXIT
  return "$status"
}

# -- Python ----------------------------------------------------------------------------------

# ensure_venv LOCK: .venv holds at least the packages of scripts/LOCK, and geoapp itself.
ensure_venv() {
  local lock="$1" stamps=.venv/geoapp-stamps made_for wanted project
  # A virtual environment works only where it was made, with the Python it was made with.
  made_for="$PWD $(python3 -V)"
  wanted="$lock $(sha256sum <"scripts/$lock")"
  project="project $(sha256sum <pyproject.toml)"
  if [[ -e .venv/geoapp-unfinished ]] || ! .venv/bin/python -c 'import pip' 2>/dev/null \
    || ! grep -qxF "$made_for" "$stamps" 2>/dev/null; then
    echo "Making a Python environment in .venv"
    python3 -m venv --clear .venv
    touch .venv/geoapp-unfinished
    echo "$made_for" >"$stamps"
  fi
  if ! grep -qxF "$wanted" "$stamps"; then
    echo "Installing the Python packages of scripts/$lock into .venv"
    touch .venv/geoapp-unfinished
    venv_pip --require-hashes -r "scripts/$lock"
    sed -i "/^$lock /d" "$stamps"
    echo "$wanted" >>"$stamps"
    # The test list holds all of the other one, in the same versions.
    [[ "$lock" != python-test.lock ]] || stamp_contained "$stamps"
    rm .venv/geoapp-unfinished
  fi
  if [[ ! -x .venv/bin/geoapp ]] || ! grep -qxF "$project" "$stamps"; then
    venv_pip --no-build-isolation --no-deps -e .
    sed -i '/^project /d' "$stamps"
    echo "$project" >>"$stamps"
  fi
}

stamp_contained() {
  sed -i '/^python.lock /d' "$1"
  echo "python.lock $(sha256sum <scripts/python.lock)" >>"$1"
}

venv_pip() {
  .venv/bin/python -m pip install -qq --disable-pip-version-check --no-input "$@" \
    || fail "pip could not install into .venv: see above, then try again."
}

# -- Translations ----------------------------------------------------------------------------

compile_translations() {
  local source stale=no
  [[ -d geoapp/translations ]] || return 0
  while IFS= read -r source; do
    [[ "${source%.po}.mo" -nt "$source" ]] || stale=yes
  done < <(find geoapp/translations -name '*.po')
  [[ "$stale" == yes ]] || return 0
  .venv/bin/pybabel --quiet compile -d geoapp/translations
}
