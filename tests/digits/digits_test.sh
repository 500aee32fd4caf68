#!/bin/sh
# digits_test.sh <digits> <data folder> <work folder>: the program as a person runs it, and what it says to bad input.
set -u
program=$1 data=$2 work=$3
rm -rf "$work" && mkdir -p "$work" && cd "$work" || exit 1
. "$(dirname "$0")/../support/program.sh"

expect 0 'accuracy: train' --epochs 2 --save w.safetensors --report r.html
require test -s w.safetensors
require test -s r.html
require sh -c '! grep -qE "(src|href)=\"?https?:" r.html'
for shown in '1293 training, 144 validation, 360 held-out' 'recall' 'precision' ', kept</text>' 'digits --epochs 2 --save' "$(date +%Y)-" 'gradtape</td><td class="words">0'; do
  require grep -qF -- "$shown" r.html
done
expect 0 'accuracy: train' --load w.safetensors --report ''
expect 0 'mlp model' --model mlp --optimizer adam --epochs 1 --report mlp.html --save mlp.safetensors
require grep -qF 'unit 127' mlp.html
expect 1 'mlp.safetensors: this file holds an mlp: use --model mlp' --load mlp.safetensors
expect 1 'w.safetensors: this file holds a softmax model: use --model softmax' --load w.safetensors --model mlp
expect 0 'accuracy' --load mlp.safetensors --model mlp --report ''
for optimizer in adamw rmsprop adagrad; do expect 0 'held-out' --optimizer $optimizer --epochs 1 --report ''; done
for loss in nll mse; do expect 0 'held-out' --loss $loss --epochs 1 --report ''; done
expect 0 '--seed' --help

# A part of the training images chooses the epoch, which the report and the file show; held-out images are read once, at the end.
expect 0 '1293 training, 144 validation and 360 held-out images' --epochs 40 --rate 0.5 --save best.safetensors --report best.html
printf '%s\n' "$said" >best.txt
require sh -c '! grep "^epoch" best.txt | grep -q held-out'
kept=$(sed -n 's/^weights of epoch \([0-9]*\) .*/\1/p' best.txt)
accuracy=$(grep '^accuracy' best.txt)
require test "$kept" -lt 40
require grep -q "of epoch $kept<" best.html
require grep -qF "$(printf '%s' "$accuracy" | sed 's/.*held-out \(.*\)/\1/') of the held-out ones" best.html
expect 0 "$accuracy" --load best.safetensors --report ''

for threads in 1 2 4; do "$program" --epochs 5 --threads $threads --report '' --save $threads.safetensors | sed '/^weights of/d' >$threads.txt; done
require cmp 1.txt 2.txt
require cmp 1.txt 4.txt
require cmp 1.safetensors 4.safetensors

require sh -c '! "$1" --data none 2>&1 | grep -q "\.cpp"' sh "$program"  # a user has no line of the program to look at

expect 2 'no option --epoch: did you mean --epochs?' --epoch 3
expect 2 'no option --weight_decay: did you mean --weight-decay?' --weight_decay=0.1
expect 2 'no option --learning-rate: did you mean --rate?' --learning-rate 1
expect 2 'not expected: train' train
expect 2 'not expected' --xyzzy
expect 2 'tree not in' --model tree
expect 2 '--epochs' --epochs many
expect 2 'is no number of at least 0' --rate nan
expect 2 'is no whole number' --seed -1
expect 1 'name one file' --save same --report same
"$program" --device cuda --epochs 1 --report '' >/dev/null 2>&1 || expect 1 'CUDA' --device cuda  # where there is none
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

# Ctrl-C ends the run after it has saved and reported; the shell is told.
"$program" --epochs 1000000 --save kept.safetensors --report kept.html >log.txt 2>&1 &
sleep 2
kill -INT $!
wait $!
require test $? -eq 130
done=$(sed -n 's/^interrupted after \([0-9]*\) of 1000000 epochs.*/\1/p' log.txt)
require test "$done" -gt 0
require grep -qF "$done of 1000000" kept.html
require test -s kept.safetensors
expect 0 "$(grep '^accuracy' log.txt)" --load kept.safetensors --report ''
exit $failed
