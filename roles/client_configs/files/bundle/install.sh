#!/bin/sh
# Puts the gateway into your client programs' files, or takes it out. Nothing is sent anywhere, nothing else is changed.
# SPDX-License-Identifier: GPL-3.0-or-later
#
#   sh install.sh [--check] [--remove] [PROGRAM ...]
#
# A file that is not there is made. One that is there is edited without losing a byte of it, with Python 3 and the
# editors beside this script; where there is no Python, by the program's own command; otherwise it stays as it is, and
# index.html shows what to paste. Status 1: nothing was changed, and why; 3: something is left to paste.
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 1
say() { printf '%s\n' "$*"; }
stop() { say "$*. Nothing was changed." >&2; exit 1; }
[ -n "${HOME:-}" ] && [ -r "$here/functions.sh" ] || stop "HOME is not set, or functions.sh is not beside this script"
# shellcheck source=/dev/null
. "$here/functions.sh"
tab=$(printf '\t')
check='' action=set programs=''
for word; do
  case $word in
    --check) check=yes ;;
    --remove) action=remove ;;
    -*) stop "$word is no option; there are --check and --remove" ;;
    *) programs="$programs $word" ;;
  esac
done
case $(uname -s) in Linux) system=linux ;; Darwin) system=macos ;; *) stop "$(uname -s) is not known here" ;; esac
work=$(mktemp -d) || stop "no temporary folder can be made"
trap 'stty echo 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# --- what is wanted, and with which keys ---------------------------------------------------------------------------
awk -F '\t' -v its="$system" -v programs="$programs " \
  '$1 == its && (programs == " " || index(programs, " " $2 " "))' "$here/plan.tsv" >"$work/plan" || stop "plan.tsv can't be read"
for word in $programs; do
  cut -f 2 "$work/plan" | grep -qxF -- "$word" || stop "there is no program $word in this bundle, only: $(
    awk -F '\t' 'NR > 1 { print $2 }' "$here/plan.tsv" | sort -u | tr '\n' ' ' | sed 's/ $//')"
done
keys=''
while IFS="$tab" read -r mark name value <&3; do
  [ "$action" = set ] || continue
  cut -f 7 "$work/plan" | grep -qxF -- "$mark" || continue
  if [ "$value" = - ] && [ -z "$check" ]; then
    printf 'Key %s (it is not shown): ' "$name" >&2
    [ -t 0 ] && stty -echo
    IFS= read -r value || value=''
    [ -t 0 ] && { stty echo; say '' >&2; }
    case $value in '' | *[!A-Za-z0-9._~+/=-]*) stop "This is not a key; ask whoever runs the gateway for $name" ;; esac
  fi
  keys="$keys $mark=$value"
done 3<"$here/keys.tsv"
with_keys() { # a file of the bundle, with the keys in it; they are arguments of no process
  KEYS=$keys awk '
    BEGIN { n = split(ENVIRON["KEYS"], pair, " ") }
    {
      for (i = 1; i <= n; i++) {
        at = index(pair[i], "="); mark = substr(pair[i], 1, at - 1); key = substr(pair[i], at + 1); done = ""
        while (p = index($0, mark)) { done = done substr($0, 1, p - 1) key; $0 = substr($0, p + length(mark)) }
        $0 = done $0
      }
      print
    }' "$1"
}
value_of() { for pair in $keys; do case $pair in "$1="*) printf %s "${pair#*=}" ;; esac; done; }

# --- what would become of each file: nothing is changed before all of it is known ------------------------------------
python=''
for word in python3 python; do
  found=$(command -v "$word") || continue
  # Without Apple's developer tools this one is no Python, and offers to install them.
  [ "$system/$found" = macos//usr/bin/python3 ] && ! xcode-select -p >/dev/null 2>&1 && continue
  "$found" -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null && python=$found && break
done
sum() { if [ -e "$1" ]; then cksum <"$1" | tr ' ' -; else printf %s -; fi; }
# shellcheck disable=SC2088
place() { case $1 in "~/"*) printf '%s/%s' "$HOME" "${1#??}" ;; *) printf %s "$1" ;; esac; }
mode_of() { # as chmod takes it; of a file that holds a key, for its owner alone
  if [ ! -e "$1" ] || [ "$2" = file ]; then printf u=rw,g=,o=; return; fi
  # shellcheck disable=SC2012
  ls -ldLn "$1" | awk '{
    for (i = 0; i < 3; i++) { bits = substr($1, 2 + 3 * i, 3); gsub(/[^rwx]/, "", bits)
      printf "%s%s=%s", i ? "," : "", substr("ugo", i + 1, 1), bits } }'
}
open_to_others() { case $(mode_of "$1" -) in *,g=,o=) return 1 ;; esac; }
judge() { # number, file, format, key_in, whole, edits, command: prints what to do; $work/number.new is the result
  t=$(target "$2") || { say "refused is a link that leads nowhere"; return; }
  with_keys "$here/$5" >"$work/$1.whole"
  if [ ! -s "$t" ]; then
    if [ "$action" = set ]; then mv "$work/$1.whole" "$work/$1.new" && say written; else say same; fi
    return
  fi
  [ -f "$t" ] || { say "refused is not a file"; return; }
  [ -r "$t" ] && [ -w "$t" ] || { say "refused can't be read and written by you"; return; }
  if cmp -s "$work/$1.whole" "$t"; then
    if [ "$action" = remove ]; then say gone; elif [ "$4" = file ] && open_to_others "$t"; then
      mv "$work/$1.whole" "$work/$1.new" && say written
    else say same; fi
    return
  fi
  if [ -n "$python" ]; then
    with_keys "$here/$6" >"$work/$1.edits"
    said=$("$python" "$here/edit.pyz" "$action" "$3" "$t" "$work/$1.edits" "$work/$1.new" 2>&1)
    case $? in
      0) say merged; return ;;
      10) if [ "$action/$4" = set/file ] && open_to_others "$t"; then cp "$t" "$work/$1.new" && say merged; else say same; fi
        return ;;
      11) say gone; return ;;
      12) ;;
      *) say "refused ${said:-could not be edited}"; return ;;
    esac
  fi
  if [ "$7" != - ] && command -v "$(head -n 1 "$here/$7")" >/dev/null 2>&1; then say command; else say paste; fi
}
number=0 refusals=''
while IFS="$tab" read -r _ _ title file format key_in _ _ whole edits add remove <&3; do
  number=$((number + 1)) full=$(place "$file")
  command=$add
  [ "$action" = set ] || command=$remove
  what=$(judge "$number" "$full" "$format" "$key_in" "$whole" "$edits" "$command")
  case $what in refused*) refusals="$refusals$title: $full: ${what#refused }; " ;; esac
  t=$(target "$full")
  printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$what" "$title" "$full" "$(sum "$t")" "$(mode_of "$t" "$key_in")" "$command" >>"$work/todo"
done 3<"$work/plan"
[ -z "$refusals" ] || stop "${refusals%; }"

# --- the variables that hold the keys: first, because the files name them ---------------------------------------------
failed=''
put() { # file, new content, mode: says nothing where it is there already
  t=$(target "$1") || { failed="$failed $1"; return; }
  [ -e "$t" ] && cmp -s "$2" "$t" && return
  [ -z "$check" ] || { say "$1: would be written"; return; }
  case $(base64 <"$2" | write_file 0 "$1" "$(sum "$t")" "$3" '') in
    *done) say "$1: written" ;;
    *moved) say "$1: was changed by another program meanwhile; run this again" >&2; failed="$failed $1" ;;
    *) say "$1: could not be written" >&2; failed="$failed $1" ;;
  esac
}
drop() { # file
  t=$(target "$1") && [ -e "$t" ] || return 0
  if [ -n "$check" ]; then say "$1: would be removed"; else rm -f "$t" && say "$1: removed"; fi
}
values() { # the file of the variables, with ours set or taken out
  wanted='' gone=''
  while IFS="$tab" read -r _ _ _ _ _ _ key variable _ <&3; do
    [ "$variable" = - ] && continue
    if [ "$action" = set ]; then wanted="$wanted $variable=$(value_of "$key")"; else gone="$gone $variable"; fi
  done 3<"$work/plan"
  [ -r "$1" ] || set -- /dev/null
  WANTED=$wanted GONE=$gone awk '
    BEGIN {
      n = split(ENVIRON["WANTED"], w, " "); for (i = 1; i <= n; i++) { k = w[i]; sub(/=.*/, "", k); name[i] = k; v[k] = w[i] }
      m = split(ENVIRON["GONE"], g, " "); for (i = 1; i <= m; i++) gone[g[i]] = 1
    }
    { k = $0; sub(/=.*/, "", k); if (k in v) { if (!(k in done)) print v[k]; done[k] = 1 } else if (!(k in gone)) print }
    END { for (i = 1; i <= n; i++) if (!(name[i] in done)) { print v[name[i]]; done[name[i]] = 1 } }' "$1"
}
profile() { # file, line: prints the file with the line at its end, or without it; a last line without an end stays so
  awk -v line="$(cat "$2")" -v action="$action" -v ended="$(tail -c 1 "$1" | wc -l | tr -d ' ')" '
    $0 == line { if (action == "remove") { next } there = 1 }
    { printf "%s%s", n++ ? "\n" : "", $0 }
    END { if (action == "set" && !there) printf "%s%s", n++ ? "\n" : "", line; if (n && ended) printf "\n" }' "$1"
}
wanted_profile() { # file: those that are there, and the one that this user's shell reads
  [ -e "$1" ] && return
  case ${SHELL##*/}/${1##*/} in
    zsh/.zshenv) return ;;
    zsh/* | fish/* | */.zshenv | */.bash*) return 1 ;;
  esac
  [ ! -e "$HOME/.bash_profile" ] && [ ! -e "$HOME/.bash_login" ]
}
SHELL=${SHELL:-/bin/sh}
if [ -n "$(awk -F '\t' '$8 != "-"' "$work/plan")" ]; then
  left=''
  while IFS="$tab" read -r its what path content <&3; do
    [ "$its" = "$system" ] || continue
    full=$(place "$path") content=$here/$content
    case $what in
      values)
        values "$full" >"$work/values"
        if grep -q '^[A-Za-z_]' "$work/values"; then left=yes; put "$full" "$work/values" 0600; else drop "$full"; fi ;;
      profile)
        if [ "$action" = set ] && wanted_profile "$full" || { [ -z "$left" ] && [ -e "$full" ]; }; then
          if [ -e "$full" ]; then profile "$full" "$content" >"$work/profile"; else cp "$content" "$work/profile"; fi
          if [ -s "$work/profile" ]; then put "$full" "$work/profile" "$(mode_of "$full" -)"
          elif [ -s "$full" ]; then drop "$full"; fi
        fi ;;
      fish)
        if [ -z "$left" ]; then drop "$full"; elif [ "${SHELL##*/}" = fish ]; then put "$full" "$content" 0600; fi ;;
      agent) if [ -n "$left" ]; then put "$full" "$content" 0600; else drop "$full"; fi ;;
    esac
  done 3<"$here/environment.tsv"
fi
[ -z "$failed" ] || { say "The programs' files were not changed." >&2; exit 2; }

# --- the programs' files ----------------------------------------------------------------------------------------------
run() { # the program's own command: one word a line
  set --
  while IFS= read -r word <&4; do set -- "$@" "$word"; done 4<"$here/$command"
  "$@" </dev/null >"$work/said" 2>&1
}
number=0 left='' verb=paste
[ "$action" = set ] || verb='take out'
while IFS="$tab" read -r what title full sum mode command <&3; do
  number=$((number + 1))
  head="$title: $full:"
  case $check/$what in
    */same) say "$head is as it should be" ;;
    */paste)
      left=yes
      say "$head NOT CHANGED. It is there already, and there is no Python 3 here to edit it with. Open $here/index.html" \
        "and $verb what it shows for $title." ;;
    yes/command) say "$head would be changed by: $(head -n 1 "$here/$command") mcp" ;;
    yes/*) say "$head would be $what" ;;
    /command)
      # A program may refuse to add what is there: out first, which fails where it is not.
      if [ "$action" = set ]; then added=$command command=${command%.add}.remove; run; command=$added; fi
      if run; then say "$head changed by $(head -n 1 "$here/$command")"; else
        failed=yes; say "$head its own command failed: $(tail -n 1 "$work/said")" >&2
      fi ;;
    /gone) drop "$full" ;;
    *)
      case $(base64 <"$work/$number.new" | write_file "$number" "$full" "$sum" "$mode" '') in
        *done) say "$head $what" ;;
        *moved) failed=yes; say "$head was changed by another program meanwhile; run this again" >&2 ;;
        *) failed=yes; say "$head could not be written" >&2 ;;
      esac ;;
  esac
done 3<"$work/todo"
[ -z "$failed" ] || exit 2
[ -z "$left" ] || exit 3
[ -n "$check" ] || [ "$action" = remove ] || say "Open a new terminal, or sign in anew, so that programs see their keys."
