# libmemcached's tools, with Debian's names: arguments are host, port and, to log in by SASL over the binary protocol, a
# name and a password. Prints what each tool said and its exit code.
host=$1
port=$2
if [ -n "${3:-}" ]; then
  set -- --binary "--username=$3" "--password=$4"
  rounds=1
else
  set --
  rounds=2
fi
directory=$(mktemp -d)
cd "$directory" || exit 1
trap 'rm -rf "$directory"' EXIT
run() {
  tool=$1
  shift
  printf '%s: ' "$tool"
  "$tool" "--servers=$host:$port" "$@" 2>&1
  echo "[$?]"
}
round=1
while [ "$round" -le "$rounds" ]; do
  [ "$round" = 2 ] && set -- --binary
  printf 'Ada' >user
  head -c 1000000 /dev/zero | tr '\0' v >large
  run memccp "$@" --flags=7 --expire=60 user large
  run memccat "$@" user
  run memccat "$@" --flags user
  run memccat "$@" large | tail -c 100
  run memcexist "$@" user
  run memcexist "$@" absent
  run memctouch "$@" --expire=60 user
  [ -n "$*" ] || run memcping
  run memcrm "$@" user
  run memcrm "$@" user
  run memccat "$@" user
  printf 'x' >one
  run memccp "$@" --add one
  run memccp "$@" --replace one
  run memcflush "$@"
  run memcexist "$@" large
  [ -n "$*" ] || memcstat "--servers=$host:$port" | grep -E 'cmd_set|cmd_flush|cmd_touch'
  round=$((round + 1))
done
