f() {
    echo "in $_"
    : inner
}
: prev
f arg
echo $_
eval 'echo "e $_"; : z'
echo $_
x=$(echo "s $_")
echo "$_ $x"
[[ -n a ]]
echo $_
(( 1 ))
echo $_
a=1
echo "<$_>"
for i in l
do
    :
done
echo $_
echo q > /dev/null
echo $_
nosuch zz 2> /dev/null
echo $_
set --
echo "${1-unset}" "${@-none}" "${*:-none}" $#
set -- ''
echo "${1-unset}" "${1:-empty}" "${@:-none}"
set a b
echo $2
set -- -x
echo $1
set - q
echo $1
set -e -- w
echo $1 $-
set +e
echo ${FUNCNAME:-nofunc}
f() {
    echo ${FUNCNAME[0]} ${FUNCNAME[1]} ${BASH_LINENO[0]} ${#BASH_SOURCE[@]}
    g
}
g() {
    echo "${FUNCNAME[*]}"
}
f
echo {1..3}{a..c} {3..1} {a..e..2} {1..10..3} {-2..2} {05..10} {a,b,} {,x}y pre{a,b}post {a,{b,c}d} \{a,b} {a} {} {a,b "{c,d}" {1..a} {1..2..0} {z..w} {A..c..20} '{x,y}' {$((1+1)),b}
for f in /tmp/nosuch*
do
    echo "$f"
done
shopt -s nullglob
for f in /tmp/nosuch*
do
    echo "$f"
done
x=(/tmp/nosuch*)
echo ${#x[@]}
shopt -u nullglob
echo [
echo ]
echo [a
echo a]
echo '[a]'
touch '[a]' a 'b c' '*'
echo [a] \* *
rm -f '[a]' a 'b c' '*'
GLOBIGNORE='*.o'
touch x.o x.c
echo *
unset GLOBIGNORE
echo *
set -f
echo *
set +f
shopt -s nocaseglob
echo X*
shopt -u nocaseglob
rm x.o x.c
echo */ ./* | head -1
case 'a
b' in 
    a*b)
        echo nl
    ;;
esac
case abc in 
    [a-b][[:alpha:]]c | zzz)
        echo br
    ;;
esac
case '[x]' in 
    '[x]')
        echo q
    ;;
esac
case a in 
    "$nope"*)
        echo emptypat
    ;;
esac
shopt -s nocasematch
case ABC in 
    abc)
        echo nc
    ;;
esac
[[ FOO == foo ]] && echo nc2
shopt -u nocasematch
case x in 
    x)

    ;;
esac
echo $?
case x in 
    y)

    ;;
esac
echo $?
case "$(echo 'a b')" in 
    'a b')
        echo cs
    ;;
esac
x='*'
case abc in 
    $x)
        echo g
    ;;
esac
case abc in 
    "$x")
        echo no
    ;;
    *)
        echo lit
    ;;
esac
case - in 
    [!-])
        echo no
    ;;
    [-a])
        echo dash
    ;;
esac
case ']' in 
    []])
        echo rb
    ;;
esac
case '\' in 
    '\\' | \\)
        echo bs
    ;;
esac
[[ "a b" =~ ^a[[:space:]]b$ ]] && echo r1
[[ abc =~ ^(a)(x)?(b) ]] && echo "${#BASH_REMATCH[@]}|${BASH_REMATCH[2]}|${BASH_REMATCH[3]}"
r='^[0-9]{3}-[0-9]{4}$'
[[ 555-1234 =~ $r ]] && echo r2
[[ "x.y" =~ x\.y ]] && echo r3
[[ 'x"y' =~ \" ]] && echo r4
[[ ab =~ 'a.' ]] || echo r5
[[ 'a	b' =~ '	' ]] && echo r6
[[ a =~ ^(a|b)$ ]] && echo ${BASH_REMATCH[1]}
[[ foo.bar =~ ([^.]+)\.(.*) ]] && echo ${BASH_REMATCH[@]:1}
[[ "" =~ ^$ ]] && echo r7
[[ aaa =~ a{2} ]] && echo ${BASH_REMATCH}
[[ ABC =~ [[:lower:]] ]] || echo nolow
printf '%s\n' "${!BASH_V@}" | head -2
y=1 yy=2
echo ${!y*} "${!y@}"
unset ${!y*}
echo "${y-gone}${yy-gone}"
a=(1 2)
b=("${a[@]/%/x}" "${a[@]/#/y}")
echo ${b[*]}
echo "${a[@]@A}" "${a[*]@Q}" "${#a[@]}"
c=([2]=x [0]=y)
echo "${c[@]}" "${!c[@]}"
c[1]+=z
echo ${c[1]}
c=("${c[@]:1}")
echo ${c[0]}
d=($(echo 1 2 3))
echo ${d[-2]}
unset 'd[-1]'
echo ${d[@]}
IFS=+
echo "${d[*]}"
unset IFS
e=(a{1..3})
echo ${e[@]}
readonly ro=5
( ro=6
echo no )
echo $?
ro=7 true
echo "ro $?"
declare -r rr=1
( unset rr
echo $? )
( declare rr=2
echo $? )
( export rr=3
echo $? )
( read rr <<< 4
echo $? )
( for rr in 1
do
    echo no
done
echo $? )
( printf -v rr x
echo $? )
((rr=5))
echo $?
: ${rr:=9}
echo $rr
f() { B=2 cat <<< "$A $B $(echo $A $B)"; }
A=1 f
A=x
A=y cat <<< "$A $(echo $A) $(A=z; echo $A)"
IFS=: read -r x y <<< $(printf '%s ' a b:c)
echo "$x|$y"

echo '== subscripts in braces, and where they end'
(
array=(1 2 3) one=1
declare -A map
map["a]"]=1 map["}"]=2 map[a{b}]=4
echo "${array["$(echo 1)"]}" "${array[${one}]}" "${array[$((one + 1))]}" ${array[`echo 0`]} ${array[array[0]-1]}
echo ${map["}"]} "${map["a]"]}" ${map[a{b}]} "${map[a{b}]}" ${map[\}]}
)
(
echo ${array[}; echo ]
)
(
echo ${array[\}}; echo ]
)
(
echo ${a b "}"} z
)
eval 'echo ${array[-3\}'
echo $?
