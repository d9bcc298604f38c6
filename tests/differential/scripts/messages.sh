cd -Z
echo $?
echo -z
pwd -x
echo $?
export -z
echo $?
unset -x
echo $?
read -z
echo $?
set -Z
echo $?
set -o nosuch
echo $?
shopt nosuch
echo $?
shopt -s nosuch
echo $?
shopt -q extglob
echo $?
shopt -o errexit
type -z
echo $?
hash -z
echo $?
umask -z
echo $?
ulimit -Z
echo $?
getopts
echo $?
wait -z
echo $?
kill -z
echo $?
trap -z
echo $?
jobs -z
echo $?
alias -z
echo $?
eval
echo $?
exec -z
echo $?
(eval 'echo "unterminated')
echo $?
(eval 'if true')
echo $?
(eval 'for')
echo $?
(eval 'echo )')
echo $?
(eval 'case x in')
echo $?
(eval '{ echo; ')
echo $?
(eval 'echo $(echo')
echo $?
(eval 'echo ${x')
echo $?
(eval '&& echo')
echo $?
(eval 'echo ;;')
echo $?
(eval 'done')
echo $?
(eval 'fi')
echo $?
(eval '}')
echo $?
(eval 'function')
echo $?
(eval 'f() ')
echo $?
(eval 'while do done')
echo $?
(eval 'if then fi')
echo $?
(eval 'echo a | | b')
echo $?
(eval '! ')
echo $?
(eval 'echo > ')
echo $?
(eval 'echo <<<')
echo $?
(eval 'for i in a; echo')
echo $?
(eval 'select')
echo $?
(eval 'case x in a) echo;; b')
echo $?
(eval 'echo `echo')
echo $?
. nosuchfile
echo $?
.
echo $?
source /nonexistent
echo $?
echo 'echo "src $1 $#"; return 3; echo no' > s.sh
. ./s.sh A B
echo $?
set -- Q
. ./s.sh
echo $?
PATH=.:$PATH
. s.sh
bash s.sh X
bash nosuch.sh
echo $?
chmod +x s.sh
./s.sh 1 2
echo $?
echo '#!/bin/bash
echo shebang $0 $#' > t.sh
chmod +x t.sh
./t.sh a
sh -c 'echo $0 $1' zero one
bash -c 'echo $0 $@' a b c
bash -s x y <<< 'echo stdin $1 $2'
echo 'echo piped' | bash
bash -c 'exit 3'
echo $?
./nosuch
echo $?
mkdir dd
./dd
echo $?
echo data > noexec
./noexec
echo $?
nosuchcommand
echo $?
/usr/bin/nosuch
echo $?
''
echo $?
' '
echo $?
command
echo $?
command -v
echo $?
command nosuch
echo $?
command -p echo p
builtin nosuch
echo $?
builtin
builtin echo b
enable -n echo
type -t echo
enable echo
type -t echo
enable nosuch
echo $?
type -p cat
type -P echo
type -f echo
command -v if
command -V nosuch
echo $?
which cat
help nosuch
echo $?
exec nosuch
echo "after $?"
