set -x
x='1 2'
a=($x "b c" '')
b=([2]=$x [3]='q r')
declare -A h=([k k]=v [z]="w w")
h[a b]='c d'
a+=($x)
declare b2="x $x" c2=1
local_() {
    local -a q=($x)
    local z="$x"
    readonly r1="$x"
}
local_
for i in $x "$x"
do
    :
done
for i in $(echo a b)
do
    :
done
case $x in 
    1*)
        :
    ;;
esac
case "$(echo q)" in 
    q)
        :
    ;;
esac
(( ${#a[@]} > $x_y 1 ))
(( $x ))
((i++))
for ((i=$((1-1)); i<1; i++))
do
    :
done
[[ -n $x && $x != "" ]]
[[ $x =~ ^(1)\ "2" ]]
[[ -n $x ]]
[[ ! -n $x ]]
[[ ! $x == y ]]
[[ $x == *"$x"* ]]
[[ a < b ]]
[[ 3 -eq 1+2 ]]
[[ -v x ]]
[[ -n '' ]]
[[ -z '' ]]
[[ '' == '' ]]
select s in $x
do
    break
done <<< 1
echo "a
b" 'x	y'
v="a
b"
v=''
v=' x'
export V1="$x"
V2="$x" true
V3=1 V4=2
echo > /dev/null
> /dev/null
eval "eval 'echo deep'"
x=$(eval 'echo deep')
y=`echo bq`
z=$(echo $(echo nested))
cat <<X
$(echo here)
X

cat < <(echo ps)
( ( echo subsub ) )
f() {
    echo "$@"
}
f "a b" c
unset -f f
alias q=echo
type cd > /dev/null
read -r a1 a2 <<< "$x"
mapfile -t m -C 'echo cb' -c 1 <<< "l1"
printf -v pv '%s' "$x"
trap 'echo "bye bye"' EXIT
command echo cmd
builtin echo bi
exec 3>&1
echo to3 1>&3
exec 3>&-
{ 
    exec {fd}> /dev/null
}
echo $((fd>9))
declare -a arr
exec {arr[2]}> /dev/null
echo $((arr[2]>9))
exec {arr[2]}>&-
set +x
f() {
    echo "[$1]"
}
PS4='+$(echo m$LINENO)${FUNCNAME[0]} '
echo a b
for i in 1 2
do
    :
done
for ((i=0; i<2; i++))
do
    true
done
[[ $x == h* ]] && echo yes
((i+1))
case $i in 
    2)
        echo two
    ;;
esac
f 1
echo word > file
y=$(< file)
echo "$y"
if false; then
    :
else
    if true; then
        echo e
    fi
fi
while ((i-->0)); do
    echo $i
done
( echo sub
echo sub2 )
false
echo $?
eval 'echo ev'
a=(1 2)
a[1]=3
PS4="+\$(exit 3)bad "
false || echo "$?"
PS4='`echo bq` '
f 2 > /dev/null
set +x
echo done "$-"
