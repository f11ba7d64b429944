# Sourced by scripts/run and scripts/test, with $root set: `set_up run` or `set_up dev` sets up .venv with a Python
# 3.11 or newer from PATH, or one that uv brings. Never with the Python of a virtual environment: it may go away.

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for name in "$root/.venv/bin/python" python3 python3.14 python3.13 python3.12 python3.11 python; do
        if is_new_enough "$name"; then
            "$name" -c 'import sys; print(sys._base_executable)'
            return
        fi
    done
    if command -v uv >/dev/null; then
        uv python find --system '>=3.11' 2>/dev/null || { uv python install 3.13 >&2 && uv python find --system '>=3.11'; }
        return
    fi
    echo "Deskhand needs Python 3.11 or newer, or uv; neither is on PATH (python3: $(python3 --version 2>/dev/null || echo none))." >&2
    echo "Debian, Ubuntu: apt-get install python3 python3-venv. macOS: brew install uv. Then run this again." >&2
    return 1
}

set_up() {
    python=$(find_python)
    "$python" "$root/scripts/environment.py" "$1"
}
