#!/bin/sh
# overflow.sh <lecture> <digits> <work folder>: in a browser of 360, 800 and 1400 pixels nothing is wider than the page, no
# text of a picture leaves it or lies on another, and sliders show one frame.
set -eu
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || { echo "no Chromium to open pages"; exit 0; }
here=$(cd "$(dirname "$0")" && pwd)
rm -rf "$3" && mkdir -p "$3" && cd "$3"
"$1" --out lecture.html >/dev/null
"$2" --epochs 3 --report softmax.html >/dev/null
"$2" --epochs 3 --model mlp --report mlp.html >/dev/null
failed=0
for page in lecture softmax mlp; do
  { cat $page.html; printf '<script>'; cat "$here/overflow.js"; printf '</script>\n'; } >$page.checked.html
  for width in 360 800 1400; do  # of a frame: a window would not be as narrow
    printf '<iframe src="%s.checked.html" style="width:%spx;height:900px;border:0"></iframe>
<script>onmessage = said => document.body.append("found: " + said.data);</script>\n' $page $width >around.html
    found=$("$browser" --headless --no-sandbox --disable-gpu --allow-file-access-from-files --user-data-dir="$PWD/profile" \
      --virtual-time-budget=10000 --dump-dom "file://$PWD/around.html" 2>/dev/null | sed -n '/^found: /,$p')
    case $found in
      "found: nothing overflows at $width"*) ;;
      *) printf '%s at %s: %s\n' $page $width "$found"; failed=1 ;;
    esac
  done
done
exit $failed
