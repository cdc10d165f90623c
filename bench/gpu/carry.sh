#!/bin/sh
# Collects the wheels that `python -m bench.gpu --wheels FOLDER` installs on a machine that has only torch.
#
#   bench/gpu/carry.sh FOLDER [-p PYTHON] [-m PLATFORM] [NAME ...]
#
# PYTHON is that machine's (3.12), PLATFORM its kind (x86_64, aarch64). NAMEs are packages it has already, at versions
# that fit: they are left out.
set -eu

usage() { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ $# -ge 1 ] || usage
case $1 in -*) usage ;; esac
folder=$1; shift
python=3.12 machine=x86_64
while getopts p:m: option; do
    case $option in
        p) python=$OPTARG ;;
        m) machine=$OPTARG ;;
        *) usage ;;
    esac
done
shift $((OPTIND - 1))

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
wanted=$(grep -v '^#' "$here/carried.txt")
for name in "$@"; do
    wanted=$(printf '%s\n' "$wanted" | grep -iv "^$name==")
done
# pip takes platforms exactly as they are called; the newest glibc first.
platforms=
for glibc in 2_34 2_31 2_28 2_27 2_24 2_17; do
    platforms="$platforms --platform manylinux_${glibc}_$machine"
done
mkdir -p "$folder"
# shellcheck disable=SC2086  # lists of words on purpose
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
    --implementation cp --python-version "$python" $platforms --platform "manylinux2014_$machine" --platform any \
    --dest "$folder" $wanted
du -sh "$folder"
