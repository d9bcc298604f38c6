f() {
    local -n r=$1
    r+=x
    r2=in
}
v=a
f v
echo $v $r2
f() {
    local -n arr=$1
    arr[k]=v
    echo "${!arr[@]}" "${arr[@]}" ${#arr[@]}
}
declare -A M=([a]=1)
f M
declare -p M
declare -n p=q
q=5
p=6
echo $q
declare -n
unset p
echo "${q-unset}"
declare -p p
f() {
    local x=1
    g
    echo "f $x"
}
g() {
    x=2
    local x=3
    echo "g $x"
    h
}
h() {
    echo "h $x"
    unset x
    echo "h ${x-none}"
}
x=0
f
echo $x
f() {
    local a=1 b=$a c
    echo "$a|$b|${c-unset}"
    c=2
    declare d=3
    echo $c $d
}
f
echo "${c-u}${d-u}"
f() {
    echo $# "$@" ${FUNCNAME[@]} $LINENO
    set -- x y
    echo $#
    shift
    echo $1
}
f 1 2
echo $#
f() {
    if (( $1 <= 1 )); then
        echo 1
    else
        echo $(( $1 * $(f $(($1-1))) ))
    fi
}
f 6
rec() {
    (( $1 == 0 )) && return 5
    rec $(($1-1))
}
rec 200
echo $?
f() {
    return 256
}
f
echo $?
f() {
    return -1
}
f
echo $?
f() {
    local v=$(false)
    echo $?
    local w
    w=$(false)
    echo $?
}
f
declare -f nosuch
echo $?
rf() {
    :
}
readonly -f rf
rf() { echo; }
echo $?
unset -f rf
echo $?
export -f g
bash -c 'type -t g'
env | grep -c BASH_FUNC_g
caller
f2() {
    caller
    caller 0
    caller 1
}
f3() {
    f2
}
f3
echo $?
x=1
x=2 eval 'echo $x'
echo $x
x=3 :
echo $x
f() {
    echo $x
    x=9
}
x=4 f
echo $x
x=5 bash -c 'echo $x'
x=6 command eval 'echo $x'
echo $x
A=1 B=$A
echo "$A $B"
A=2 B=$A true
echo "$A $B"
unset A
A=$B:${A:-d} C=${A}
echo $C
set -- "a b" c
for x in "$@"
do
    echo "<$x>"
done
for x in $@
do
    echo "<$x>"
done
for x in "$*"
do
    echo "<$x>"
done
for x in 
do
    echo no
done
for x in "${@:+"$@"}"
do
    echo "[$x]"
done
IFS=:
v=a:b::c:
for x in $v
do
    echo "<$x>"
done
set -- $v
echo $#
IFS=' :'
v=' a : b  c::d '
for x in $v
do
    echo "<$x>"
done
unset IFS
v=' a  b '
set -- $v
echo $#
IFS=
set -- $v
echo $#
IFS=' 	
'
echo "${v}"x"$(echo ' q ')" $v
a=("x y" z)
echo "${a[@]}" ${a[@]}
printf '<%s>' "pre${a[@]}post"
printf '<%s>' "pre${a[*]}post"
echo
b=(${a[@]})
echo ${#b[@]}
e=()
printf '<%s>' "${e[@]}" "x${e[@]}"
echo
echo ${a[@]:1} ${a[@]/x/q} ${#a[@]} ${!a[@]} "${a[@]%y}" ${a[0]:2:1} ${a: -1}
a[5]=five
echo ${!a[@]} ${#a[@]}
unset a[0]
echo ${!a[@]}
a=("${a[@]}")
echo ${!a[@]}
i=5
a[i]=q a[i+1]=r
a[$((i+2))]=s
echo ${a[i]} ${a[i+1]} ${a[7]}
echo ${a[-1]}
declare -a z
z[3]=x
z+=(y)
echo ${!z[@]}
z+=([1]=w)
echo ${!z[@]}
z=(${z[@]})
echo ${z[*]}
declare -A h
h[a]=1
h["b c"]=2
k=d
h[$k]=3
h['$k']=4
for x in "${!h[@]}"
do
    echo "$x:${h[$x]}"
done | sort
echo ${h[nope]-none} ${#h[@]} ${h[@]+set}
unset 'h[a]' h["b c"]
echo ${#h[@]}
[[ -v h[d] ]] && echo has
[[ -v h[zz] ]] || echo hasnt
h+=([x]=y)
echo ${h[x]}
unset h
echo ${#h[@]}
s=hello
echo ${s:1:3} ${s: -3:2} ${s/l/L} ${s//l/L} ${s/#he/HE} ${s/%lo/LO} ${s#*l} ${s##*l} ${s%l*} ${s%%l*} ${s^} ${s^^} ${s^^[el]} ${s,,} ${#s} ${s:$((1+1))} ${s:(-2)}
p='h*l'
echo ${s#$p} "${s#"$p"}" ${s/$p/X} ${s//[^l]/.}
echo ${s@Q} "${s@A}" ${s/l/\/} ${s//l/&&} ${s/l/\&} ${s/'l'/"q q"}
n=
echo "${n:-def}" "${n-def}" "${n:+alt}" "${n+alt}" "${u:-$(echo cmd)}" "${u:=asg}" $u "${u:?no}"
( echo "${u2:?my message}" )
echo $?
echo "${n:-"quo ted"}" ${n:-a b} "${n:-'sq'}" ${n:-'s q'} "${n:-\"x\"}" "${n:-a\}b}" ${n:-{}}
echo ${!u}
w=s
echo ${!w} ${!w:1}
