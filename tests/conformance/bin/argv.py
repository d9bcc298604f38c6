#!/bin/bash
# Prints its arguments as a Python list of byte strings would be written.
LC_ALL=C
separator='['
for argument; do
  text= quote="'"
  [[ $argument == *\'* && $argument != *\"* ]] && quote='"'
  for ((i = 0; i < ${#argument}; i++)); do
    byte=${argument:i:1}
    case $byte in
      "\\") text+='\\' ;;
      $'\n') text+='\n' ;;
      $'\t') text+='\t' ;;
      $'\r') text+='\r' ;;
      "$quote") text+="\\$quote" ;;
      [' '-'~']) text+=$byte ;;
      *) printf -v code '\\x%02x' "'$byte"; text+=${code: -4:2}${code: -2} ;;
    esac
  done
  printf '%s' "$separator$quote$text$quote"
  separator=', '
done
[[ $separator == '[' ]] && printf '['
printf ']\n'
