#!/bin/sh
# Verifies a log, and receipts from it, with two clients that nobody here wrote:
#   tests/outsiders/verify_log.sh LOGDIR VKEY [RECEIPT...]
# VKEY is the log's public key or a file with it, such as LOGDIR/key.pub.
# Go:     apt-get install golang-go golang-golang-x-mod-dev
# Python: 3.12 or newer, with access to PyPI for aics-tlog (in an environment of its own)
# A client that is not there is named and passed over; exit code 3 if there is none at all, 1 if one disagrees.
set -eu
[ $# -ge 2 ] || { sed -n '2,4p' "$0"; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
log=$1 key=$2
shift 2
[ ! -f "$key" ] || key=$(cat "$key")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
verified=0

if command -v go >/dev/null && [ -d /usr/share/gocode/src/golang.org/x/mod/sumdb/tlog ]; then
  env GO111MODULE=off GOFLAGS= GOPATH=/usr/share/gocode GOCACHE="$work/go" \
    go build -o "$work/verify_log" "$here/go/verify_log.go"
  "$work/verify_log" "$log" "$key" "$@"
  verified=1
else
  echo "Go sumdb: passed over: golang-go or golang-golang-x-mod-dev is not installed" >&2
fi

python=
for name in python3.13 python3.12 python3 "$HOME"/.pyenv/versions/3.1[2-9]*/bin/python3; do
  if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then python=$name; break; fi
done
if [ -n "$python" ] && "$python" -m venv "$work/venv" && "$work/venv/bin/pip" -q --disable-pip-version-check install aics-tlog==0.2.1 2>"$work/pip"; then
  "$work/venv/bin/python" "$here/aics_verify.py" "$log" "$key" "$@"
  verified=1
else
  echo "aics-tlog: passed over: it needs Python 3.12 and PyPI" >&2
fi
[ $verified = 1 ] || exit 3
