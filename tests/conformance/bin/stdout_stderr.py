#!/bin/bash
# Prints its first argument to standard output and its second to standard error, and exits with the third.
printf '%s\n' "${1-STDOUT}"
printf '%s\n' "${2-STDERR}" >&2
exit "${3-0}"
