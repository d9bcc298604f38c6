#!/bin/bash
# Prints its arguments as a Python list of byte strings would be written.
separator='['
for argument; do
  text='' quote="'"
  [[ $argument == *\'* && $argument != *\"* ]] && quote='"'
  for byte in $(printf '%s' "$argument" | od -An -v -tx1); do
    case $byte in
      09) text+='\t' ;;
      0a) text+='\n' ;;
      0d) text+='\r' ;;
      5c) text+='\\' ;;
      22 | 27)
        printf -v byte "\x$byte"
        [[ $byte == "$quote" ]] && text+='\'
        text+=$byte
        ;;
      [2-6]? | 7[0-9a-e])
        printf -v byte "\x$byte"
        text+=$byte
        ;;
      *) text+="\\x$byte" ;;
    esac
  done
  printf '%s' "$separator$quote$text$quote"
  separator=', '
done
[[ $separator == '[' ]] && printf '['
printf ']\n'
