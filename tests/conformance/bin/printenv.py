#!/bin/bash
# Prints each variable of the environment, or None.
for name; do
  printenv -- "$name" || printf 'None\n'
done
