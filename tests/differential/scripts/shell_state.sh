dirs -v
pushd /tmp > /dev/null
mkdir -p ~-/q1
pushd ~-/q1
dirs -v
dirs -p
dirs -l
pushd
pushd +1
popd +0
dirs +0
dirs -0
dirs +9
echo $?
pushd -n /usr
dirs
popd -n
dirs
dirs -c
dirs
cd ~-
echo $?
alias a1='echo "q"' b='x y'
alias -p
alias b
unalias -a
alias
hash -r
cat /dev/null
ls > /dev/null
hash
hash -l
hash -d cat
hash -t ls cat
echo $?
hash -p /bin/zz zz
hash -t zz
hash -r
hash
set -- x y
set -o | grep -E 'errexit|pipefail'
set +o | grep -E 'errexit|pipefail'
shopt -p extglob nullglob
shopt -s nullglob
shopt -p nullglob
shopt -u nullglob
set -o posix
set -o | grep posix
set +o posix
shopt -so pipefail
echo $-
shopt -uo pipefail
shopt -qo pipefail
echo $?
umask -p
umask -S
umask 027
umask -p
umask u+x
umask
umask 022
echo "$_"
echo a b
echo "$_"
: x
echo $_
f() {
    echo "in $_"
}
f q
echo $_
true && echo "$_"
false | true | ( exit 3 )
echo "${PIPESTATUS[@]}" "${PIPESTATUS[0]}"
true
echo ${PIPESTATUS[@]}
! false | false
echo "$? ${PIPESTATUS[@]}"
x=$(false | true; echo ${PIPESTATUS[@]})
echo $x
if false | true; then
    echo ${PIPESTATUS[*]}
fi
( exit 4 ) | ( exit 5 ) || echo ${PIPESTATUS[@]}
TIMEFORMAT=
time true
unset TIMEFORMAT
sleep 3 & sleep 4 & jobs
jobs -p | grep -c .
jobs -r | wc -l
jobs -s
jobs %2
jobs %nosuch
kill %1 %2
wait
{ 
    sleep 0.05
    exit 3
} & wait -n -p who
echo "$? $(( who == $! ))"
sleep 0.01 & wait %1
echo $?
wait %3
echo $?
( exit 9 ) & p=$!
wait $p
echo $?
wait $p
echo $?
printf 'a b\n' | { 
    read x y
    echo "$y $x"
}
echo x | read v
echo "[$v]"
shopt -s lastpipe
echo x | read v
echo "[$v]"
shopt -u lastpipe
echo $BASH_SUBSHELL $(echo $BASH_SUBSHELL) $( ( echo $BASH_SUBSHELL ))
( echo $BASH_SUBSHELL
( echo $BASH_SUBSHELL ) )
[[ $BASHPID == $$ ]] && echo same
( [[ $BASHPID == $$ ]] || echo differs )
echo ${#RANDOM} | grep -c .
RANDOM=5
a=$RANDOM
RANDOM=5
[[ $a == $RANDOM ]] && echo seeded
echo $((SECONDS<100))
SECONDS=50
echo $((SECONDS>=50))
[[ $EPOCHSECONDS =~ ^[0-9]+$ ]] && echo es
[[ $EPOCHREALTIME =~ ^[0-9]+\.[0-9]{6}$ ]] && echo er
echo ${#FUNCNAME[@]} ${BASH_SOURCE[0]-none} $LINENO
echo $PPID | grep -c '[0-9]'
echo $0 $# $-
echo "${BASH_ARGV0}"
BASH_ARGV0=new
echo $0
exec 5> out5
echo five 1>&5
exec 5>&-
cat out5
exec 6< out5
cat 0<&6
exec 6>&-
{ 
    echo a
    echo b 1>&2
} > o 2> e
cat o e
{ 
    echo c
} 3>&1 1>&2 2>&3 | cat
ls nofile 2>&1 | wc -l
echo err 1>&2 2> /dev/null
exec 7<> rw
echo data 1>&7
exec 7>&-
cat rw
cat < rw
echo z >| rw
cat - < rw <<< in
echo 1 2>&1 > /dev/null
( echo s 1>&3 ) 3>&1
echo q 3>&1 1>&3 3>&-
exec 8>&1 9>&8
echo nine 1>&9
exec 8>&- 9>&-
echo $({ echo o; echo e 1>&2; } 2>&1)
(exec -a myname bash -c 'echo $0')
(exec -l bash -c 'echo $0; shopt -q login_shell && echo login')
(exec -c env | grep -c A)
