#!/bin/sh
# Builds the sample drivers with clang and lld alone: samples/<name>/<name>.sys for x86_64-pc-windows-msvc.
# With "mingw" as an argument it builds <name>.mingw.sys by mingw-w64 gcc as well.
# usage: samples/build.sh [--out DIRECTORY] [mingw] [name ...]
# It knows nothing about running them. The built files are the same bytes
# on every machine that has the same compiler.
set -eu
# The order of files is part of the bytes.
export LC_ALL=C

cd "$(dirname "$0")"
out=
withMingw=
names=
while [ $# -gt 0 ]; do
    case "$1" in
        --out) out=$2; shift ;;
        mingw) withMingw=yes ;;
        *) names="$names $1" ;;
    esac
    shift
done
# A sample is a folder with a source of its name; its other sources belong to it.
[ -n "$names" ] || names=$(for source in */*.c; do basename "$source" .c; done | sort -u \
    | while read -r name; do [ ! -f "$name/$name.c" ] || echo "$name"; done)

# The newest numbered tool on the path, or the plain one.
tool() {
    for version in -19 -20 -18 -17 ''; do
        if command -v "$1$version" >/dev/null 2>&1; then echo "$1$version"; return; fi
    done
    echo "samples/build.sh: $1 is not installed" >&2
    exit 1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

compile() {
    "$clang" --target=x86_64-pc-windows-msvc -std=c11 -O2 -Wall -Wextra -Werror -ffreestanding \
        -fms-extensions -fasynchronous-unwind-tables -ffunction-sections -mno-implicit-float \
        -nostdlibinc -nobuiltininc -isystem ../include -c "$1" -o "$2/$(basename "$1" .c).obj"
}

# A library of functions in sections of their own: a driver holds only those that it uses.
build_common() {
    clang=$(tool clang); link=$(tool lld-link); dlltool=$(tool llvm-dlltool)
    for library in ntoskrnl netio hal; do
        "$dlltool" -m i386:x86-64 -d ../include/lib/$library.def -l "$work/$library.lib"
    done
    mkdir "$work/common"
    for source in common/*.c; do compile "$source" "$work/common"; done
    "$link" /lib /nologo /out:"$work/common.lib" "$work"/common/*.obj
}

build_clang() {
    mkdir "$work/$1"
    for source in "$1"/*.c; do compile "$source" "$work/$1"; done
    "$link" /nologo /driver /subsystem:native /entry:DriverEntry /nodefaultlib \
        /Brepro /debug:none /timestamp:0 \
        /out:"$2" "$work/$1"/*.obj "$work/common.lib" "$work/ntoskrnl.lib" "$work/netio.lib"
}

build_mingw() {
    gcc=x86_64-w64-mingw32-gcc
    for library in ntoskrnl netio; do
        x86_64-w64-mingw32-dlltool -d ../include/lib/$library.def -l "$work/lib$library.a"
    done
    "$gcc" -std=c11 -O2 -Wall -Wextra -Wno-multichar -Werror -ffreestanding -fasynchronous-unwind-tables \
            -isystem ../include \
        -shared -nostdlib -nostartfiles -Wl,--subsystem,native -Wl,--entry,DriverEntry \
        -Wl,--no-insert-timestamp \
        -Wl,--image-base,0x140000000 -Wl,--exclude-all-symbols -Wl,--dynamicbase -Wl,--nxcompat \
        -s -o "$2" common/*.c "$1"/*.c \
        -L"$work" -lntoskrnl -lnetio -lgcc
}

build_common
for name in $names; do
    directory=${out:-$name}
    mkdir -p "$directory"
    build_clang "$name" "$directory/$name.sys"
    [ -z "$withMingw" ] || build_mingw "$name" "$directory/$name.mingw.sys"
    chmod 644 "$directory/$name".*sys
done
