#!/bin/bash
# Prints what it reads from each descriptor.
for number; do
  if ! { true <&"$number"; } 2>/dev/null; then
    printf 'FATAL: Error reading from fd %s: [Errno 9] Bad file descriptor\n' "$number"
    exit 1
  fi
  IFS= read -r -d '' -n 1024 text <&"$number"
  printf '%s: %s' "$number" "$text"
  [[ $text == *$'\n' ]] || printf '\n'
done
