declare -i n=3+4
n+=2
echo $n
declare -p n
declare -u up=abc
declare -l lo=ABC
declare -c ca=hello 2>&1
echo $up $lo $ca
declare -p up lo
declare -r ro=1
ro=2
echo "st $?"
unset ro
echo "st $?"
readonly -p | grep ' ro='
declare -a arr=([3]=x [1]=y z)
declare -p arr
echo "${!arr[@]}" "${arr[@]: -1}"
declare -A m=([a b]=1 ['c]d']=2 [e]='q"r')
declare -p m
for k in "${!m[@]}"
do
    echo "$k=${m[$k]}"
done | sort
declare -x ex=1
export -p | grep ' ex='
declare -n ref=n
ref=5
echo $n $ref ${!ref}
declare -p ref
unset -n ref
echo "${ref-unset} $n"
f() {
    local v=1
    local -a la=(1 2)
    local -A lm=([k]=v)
    declare -p v la lm
    local
}
f
g() {
    declare -g glob=5
    local -i li=2+3
    echo $li
}
g
echo $glob
declare -f f
declare -F f
declare -F
typeset -t tt=1
declare -p tt
declare nope
declare -p nope
declare -p nosuch
echo $?
declare 1x=2
echo $?
export 'a b'=c
echo $?
echo "${BASH_VERSINFO[@]:0:5}"
unset n[0]
echo "${n-gone}"
a=(1 2 3)
unset 'a[1]'
declare -p a
a+=(4 5)
a[-1]=last
echo "${a[@]}" ${#a[@]} ${#a[0]}
echo ${a[-9]}
a[-9]=1
echo $?
a=([0]=a [5]=b)
echo "${a[@]:0:2}" "${a[@]:5}" "${#a[*]}"
b=("${a[@]/#/x}")
echo "${b[@]}"
echo "${a[@]^}" "${a[@]@Q}" "${a[@]@A}"
IFS=,
echo "${a[*]}"
echo ${a[*]}
x="${a[*]}"
echo "$x"
unset IFS
set -- a 'b c' ''
echo $# "$*" "${@:2}" "${*:1:1}" "${@: -1}"
for i in "$@"
do
    echo "<$i>"
done
shift 5
echo $?
shift
echo $#
shift -1
echo $?
local x
echo $?
x=abc
echo ${x:1} ${x: -2} ${x:0:-1} ${x:5} ${x::2}
echo ${x:2:-3}
echo $?
echo ${x/b/[&]} ${x//[ac]/-} ${x/#a/A} ${x/%c/C} ${x^^} ${x^b} ${x~~}
y=
echo ${y:-d} ${y-d} ${y:+s} ${y+s} ${y:=as} $y ${#x} ${!x*}
echo ${x@U} ${x@u} ${x@L} ${x@E} ${x@P} ${x@a} "${x@A}" ${x@k}
echo ${x!}
echo "st $?"
