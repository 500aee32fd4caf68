#!/bin/sh
# digits_test.sh <digits> <data folder> <work folder>: the program as a person runs it, and what it says to bad input.
set -u
digits=$1 data=$2 work=$3
rm -rf "$work" && mkdir -p "$work" && cd "$work" || exit 1
failed=0

# expect <exit status> <text in what it prints> <options…>
expect() {
  wanted=$1 text=$2
  shift 2
  said=$("$digits" "$@" 2>&1)
  status=$?
  if [ $status -ne "$wanted" ] || ! printf '%s' "$said" | grep -qF -- "$text"; then
    printf 'digits %s\n  exit status %s, wanted %s; no "%s" in:\n%s\n' "$*" $status "$wanted" "$text" "$said"
    failed=1
  fi
}
require() { "$@" || { echo "not so: $*"; failed=1; }; }

expect 0 'accuracy: train' --epochs 2 --save w.safetensors --report r.html
require test -s w.safetensors
require test -s r.html
require sh -c '! grep -qE "(src|href)=\"?https?:" r.html'
expect 0 'accuracy: train' --load w.safetensors --report ''
expect 0 'mlp model' --model mlp --optimizer adam --epochs 1 --report ''
for optimizer in adamw rmsprop adagrad; do expect 0 'held-out' --optimizer $optimizer --epochs 1 --report ''; done
for loss in nll mse; do expect 0 'held-out' --loss $loss --epochs 1 --report ''; done
expect 0 '--seed' --help

for threads in 1 2 4; do "$digits" --epochs 5 --threads $threads --report '' --save $threads.safetensors | sed '/^weights of/d' >$threads.txt; done
require cmp 1.txt 2.txt
require cmp 1.txt 4.txt
require cmp 1.safetensors 4.safetensors

require sh -c '! "$1" --data none 2>&1 | grep -q "\.cpp"' sh "$digits"  # a user has no line of the program to look at

expect 2 '--epoch' --epoch 3
expect 2 'tree not in' --model tree
expect 2 '--epochs' --epochs many
expect 2 'is no number of at least 0' --rate nan
expect 2 'is no whole number' --seed -1
expect 1 'name one file' --save same --report same
"$digits" --device cuda --epochs 1 --report '' >/dev/null 2>&1 || expect 1 'CUDA' --device cuda  # where there is none
expect 1 'cannot be written' --epochs 1 --report no/such/folder/r.html
expect 1 'No such file or directory' --load none.safetensors
expect 1 'cannot read the folder none' --data none
expect 1 'the loss is' --rate 1e30 --loss mse --model mlp --report '' --epochs 3

# A folder of IDX files, whole and broken in several ways.
mkdir good cut plain empty nan && cp "$data"/optdigits-*.gz good && cp good/* cut && cp good/* plain
expect 0 'held-out' --data good --epochs 1 --report ''
head -c 1000 good/optdigits-images-idx3-ubyte.gz >cut/optdigits-images-idx3-ubyte.gz
expect 1 'is cut: its gzip stream has no end' --data cut
printf '\037\213not gzip' >plain/optdigits-images-idx3-ubyte.gz
expect 1 'is broken' --data plain
printf '\0\0\010\003\0\0\0\0\0\0\0\010\0\0\0\010' >empty/train-images-idx3-ubyte
printf '\0\0\010\001\0\0\0\0' >empty/train-labels-idx1-ubyte
expect 1 'holds no images' --data empty
{ printf '\0\0\015\003\0\0\0\004\0\0\0\001\0\0\0\001'; printf '\077\200\0\0\177\300\0\0\077\200\0\0\077\200\0\0'; } >nan/train-images-idx3-float
printf '\0\0\010\001\0\0\0\004\0\1\0\1' >nan/train-labels-idx1-ubyte
expect 1 'not finite' --data nan
echo 'not a model' >text.safetensors
expect 1 'text.safetensors' --load text.safetensors

# Ctrl-C ends the run cleanly and keeps the best weights.
"$digits" --epochs 1000000 --save kept.safetensors --report '' >log.txt 2>&1 &
sleep 2
kill -INT $!
wait $!
require test $? -eq 0
require grep -q '^interrupted' log.txt
require test -s kept.safetensors
exit $failed
