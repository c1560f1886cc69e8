#!/bin/sh
# On a Linux machine with python's torch and g++, and no Node: builds the addon, checks every kernel on the device against tfjs's own
# numbers and augmentation against the host's pixels, and measures training steps beside PyTorch. Results are JSON lines in $OUT/results.jsonl (default: ./out).
#   DEVICE=cuda|cuda:1|cpu   default cuda        PYTHON=python3   the one that has torch
#   PAIRS=3                  alternating runs    TINY=1           a minute on any machine: small batches, to try the scripts out
set -eu
here=$(cd "$(dirname "$0")" && pwd)
device=${DEVICE:-cuda}
python=${PYTHON:-python3}
pairs=${PAIRS:-3}
out=${OUT:-./out}
mkdir -p "$out"
out=$(cd "$out" && pwd)
results=$out/results.jsonl
: > "$results"

say() { echo "== $*" >&2; }
fail() { echo "build-and-bench.sh: $*" >&2; exit 1; }

command -v "$python" > /dev/null || fail "there is no $python; set PYTHON to one that has torch"
command -v "${CXX:-g++}" > /dev/null || fail "there is no ${CXX:-g++}; install g++ 10 or newer, or set CXX"

node=$here/node
if [ ! -x "$node" ]; then
  gzip -dc "$here/node.gz" > "$node.part" && chmod +x "$node.part" && mv "$node.part" "$node"
fi
"$node" --version > /dev/null || fail "the node that was carried does not run here"

torch=$("$python" -c 'import importlib.util, os; print(os.path.dirname(importlib.util.find_spec("torch").origin))') ||
  fail "$python has no torch"
say "building against $torch"
"$node" "$here/trainer/scripts/build-addon.mjs" --torch "$torch" >&2
cp "$here/trainer/native/build/build.json" "$out/build.json"

cd "$here"
tessera() { "$node" "$here/trainer/js/tessera.mjs" "$@"; }
say "engines"
tessera doctor --json > "$out/doctor.json" || fail "tessera doctor failed"
tessera doctor >&2

say "kernels on $device against tfjs in plain JavaScript"
status=0
TESSERA_TEST_DEVICE=$device "$node" "$here/trainer/js/kernel-check.mjs" > "$out/kernels.json" || status=1
cat "$out/kernels.json" >> "$results"
[ "$status" = 0 ] || say "some kernels are wrong; see $out/kernels.json"

say "augmentation on $device against the host's pixels"
TESSERA_TEST_DEVICE=$device "$node" "$here/trainer/js/augment-check.mjs" > "$out/augmentation.json" || {
  status=1
  say "some views differ; see $out/augmentation.json"
}
cat "$out/augmentation.json" >> "$results"

say "three steps of training on the CPU and on $device"
steps() { # DEVICE PRECISION
  tessera bench step --encoder resnet18 --batch 8 --steps 2 --warmup 1 --precision "$2" --engine torch --device "$1" --json
}
for precision in f32 bf16; do
  for each in cpu "$device"; do
    steps "$each" "$precision" > "$out/line.json" || { status=1; continue; }
    printf '{"check":"training","on":"%s","run":%s}\n' "$each" "$(cat "$out/line.json")" >> "$results"
  done
done
"$python" - "$results" <<'PY' || status=1
import json, sys
runs = [json.loads(line) for line in open(sys.argv[1]) if '"training"' in line]
by = {(r["run"]["precision"], r["on"]): r["run"]["loss"] for r in runs}
for precision, limit in (("f32", 2e-3), ("bf16", 3e-2)):
    losses = [loss for (p, _), loss in by.items() if p == precision]
    far = max(losses) - min(losses) > limit * max(1, abs(losses[0])) if losses else True
    print(f"loss in {precision}: {losses}{' DIFFER' if far else ''}", file=sys.stderr)
    if far:
        sys.exit(1)
PY

pair() { # NAME ENCODER SIZE BATCH PRECISION STEPS
  i=0
  while [ "$i" -lt "$pairs" ]; do
    i=$((i + 1))
    say "$1, pair $i of $pairs"
    if tessera bench step --encoder "$2" --size "$3" --batch "$4" --precision "$5" --steps "$6" --warmup "$warmup" --engine torch \
      --device "$device" --json > "$out/line.json"; then
      printf '{"bench":"%s","who":"tessera","pair":%d,"run":%s}\n' "$1" "$i" "$(cat "$out/line.json")" >> "$results"
    else
      status=1
    fi
    if "$python" "$here/peer_step.py" --encoder "$2" --size "$3" --batch "$4" --precision "$5" --steps "$6" --warmup "$warmup" \
      --device "$device" > "$out/line.json"; then
      printf '{"bench":"%s","who":"pytorch","pair":%d,"run":%s}\n' "$1" "$i" "$(tail -n 1 "$out/line.json")" >> "$results"
    else
      status=1
    fi
  done
}
if [ -n "${TINY:-}" ]; then
  warmup=1
  pair resnet18-cifar-tiny resnet18 32 4 bf16 2
  pair resnet50-64-tiny resnet50 64 2 bf16 1
else
  warmup=10
  pair resnet18-cifar-512 resnet18 32 512 bf16 30
  pair resnet18-cifar-2048 resnet18 32 2048 bf16 20
  pair resnet50-224-256 resnet50 224 256 bf16 15
fi
rm -f "$out/line.json"

"$python" - "$results" <<'PY'
import json, statistics, sys
rates = {}
for line in open(sys.argv[1]):
    entry = json.loads(line)
    if "bench" in entry:
        run = entry["run"]
        rate = run.get("pairsPerSecond", run.get("pairs_per_s_median"))
        rates.setdefault(entry["bench"], {}).setdefault(entry["who"], []).append(rate)
for bench, who in rates.items():
    ours, theirs = (statistics.median(who[name]) if name in who else float("nan") for name in ("tessera", "pytorch"))
    print(f"{bench}: tessera {ours:.1f}, pytorch {theirs:.1f} pairs/s, ratio {ours / theirs:.3f}")
PY
exit "$status"
