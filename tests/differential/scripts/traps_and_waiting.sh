echo '== a trap waits for the command in the foreground'
trap 'echo usr1 $?' USR1
sh -c "kill -USR1 $$; echo child"
echo "after: $?"
x=$(kill -USR1 $$; echo substituted >&2; echo text)
echo "x: $x"
(
    kill -USR1 $$
    echo subshell
)
{ kill -USR1 $$; echo stage >&2; } | cat
trap 'wait; echo waited $?' USR1
sh -c "kill -USR1 $$; echo child"
trap 'echo usr1 $?' USR1
(
    sleep 0.3
    kill -USR1 $$
) &
p=$!
wait $p
echo "wait: $?"
wait
(
    sleep 0.3
    kill -USR1 $$
    sleep 0.1
) &
wait -n
echo "wait -n: $?"
wait
trap 'echo usr1 $?' USR1
(
    sleep 0.3
    kill -USR1 $$
    sleep 0.1
    echo line
) | {
    read -r line
    echo "read: $? $line"
}
trap - USR1

echo '== waiting in the last stage of a pipeline'
shopt -s lastpipe
true | wait
echo "lastpipe: $?"
sleep 0.1 | {
    wait
    wait -n
    echo "none: $?"
    disown -a
}
echo "lastpipe: $?"
shopt -u lastpipe

echo '== the text of a process'
. <(
    sleep 0.2
    echo 'echo one'
    sleep 0.1
    echo 'echo two $# $1'
) argument
source <(exit 3)
echo "source: $?"
wait # the process behind the text may end after it was read: it is none of those counted below

echo '== SIGCHLD, for each child'
trap 'echo chld' CHLD
sleep 0.1 &
sleep 0.3 &
wait
echo "wait: $?"
(exit 3)
echo "subshell: $?"
x=$(echo hi)
echo "x: $x"
true | cat
echo pipeline
sleep 0.1 &
for ((i = 0; i < 100000; i++)); do :; done
wait
kill -CHLD $$
echo killed
trap - CHLD
