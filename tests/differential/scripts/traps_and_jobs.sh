trap 'echo int' INT
kill -INT $$
echo after
trap '' TERM
kill -TERM $$
echo still
trap -p
trap - INT TERM
trap 'echo usr1' USR1
( kill -USR1 $BASHPID
echo sub )
echo "s $?"
( trap -p )
sleep 0.1 & p=$!
wait $p
echo "w $?"
sh -c 'exit 7' & wait $!
echo "w $?"
sh -c 'kill -TERM $$' & wait $!
echo "w $?"
wait 99999
echo "w $?"
jobs
sleep 5 & jobs
kill %1
wait
echo "w $?"
sleep 5 & kill -9 $!
wait $! 2> /dev/null
echo "w $?"
kill -l | head -3
kill -l 9 15
kill -l TERM
kill -l 137
kill
echo $?
kill -FOO 1
echo $?
kill 99999
echo $?
kill abc
echo $?
trap 'echo bad' NOSIG
echo $?
trap 'echo x' 0
trap
trap - 0
x=$(trap 'echo ex' EXIT; echo body)
echo "$x"
f() {
    trap 'echo fex' EXIT
}
f
( f )
trap - EXIT
trap 'echo dbg $BASH_COMMAND' DEBUG
echo a
x=1
if true; then
    echo b
fi
trap - DEBUG
trap 'echo err $?' ERR
false
( exit 4 )
! true
false || true
trap - ERR
bash -c 'trap "echo bye" EXIT; exec true'
bash -c 'trap "echo bye" EXIT; kill -TERM $$; sleep 1'
echo $?
bash -c 'exit 300'
echo $?
bash -c 'exit abc'
echo $?
bash -c 'return 3; echo x'
echo $?
bash -c 'break; continue; echo x'
echo $?
disown %5
echo $?
fg
echo $?
bg
echo $?
set -m
sleep 0.01 & fg %1
echo $?
set +m
umask
umask 077
umask
umask -S
umask u=rwx,g=rx,o=
umask
umask 9
umask abc
jobs -x echo hi
jobs -x false
echo $?
jobs -x echo a %9
jobs -x nosuch
echo $?
(trap 'echo bye >&2' EXIT; for i in {1..100}; do echo $i; sleep 0.05; done) | true; echo ${PIPESTATUS[@]}
bash -c 'trap "echo bye >&2" EXIT; for i in {1..100}; do echo $i; sleep 0.05; done; echo end >&2' | true; echo ${PIPESTATUS[@]}
bash -c 'trap "echo bye" EXIT; trap "echo got" TERM; kill -TERM $$; echo after'
bash -c 'trap "echo bye" EXIT; trap "" TERM; kill -TERM $$; echo after; trap - TERM; kill -TERM $$; echo no'; echo $?
bash -c 'trap "echo bye; exit 7" EXIT; kill -INT $$'; echo $?
bash -c 'trap "echo bye" EXIT; trap - EXIT; kill -TERM $$'; echo $?
bash -c 'trap "echo bye" EXIT; (kill -TERM $BASHPID); echo sub $?'
bash -c 'trap "echo bye" EXIT; sleep 5 & sleep 0.1; kill $!; wait $!; echo w $?'
echo hi > >(cat; exit 3); wait $!; echo $?; wait $!; echo $?
exec 3> >(sed s/^/x/); echo q >&3; exec 3>&-; wait $!; echo done
cat <(echo a; exit 4); wait $!; echo $?
exit 4
