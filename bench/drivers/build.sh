#!/bin/sh
# Builds the drivers of the network benchmarks with clang and lld: bench/drivers/<name>.sys. The built files
# are committed, so that `openwsk bench` needs neither.
set -eu
export LC_ALL=C
cd "$(dirname "$0")"

# The newest numbered tool on the path, or the plain one.
tool() {
    for version in -19 -20 -18 -17 ''; do
        if command -v "$1$version" >/dev/null 2>&1; then echo "$1$version"; return; fi
    done
    echo "bench/drivers/build.sh: $1 is not installed" >&2
    exit 1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for library in ntoskrnl netio; do
    "$(tool llvm-dlltool)" -m i386:x86-64 -d ../../include/lib/$library.def -l "$work/$library.lib"
done
for source in *.c; do
    name=$(basename "$source" .c)
    "$(tool clang)" --target=x86_64-pc-windows-msvc -std=c11 -O2 -Wall -Wextra -Werror -ffreestanding \
        -fms-extensions -fasynchronous-unwind-tables -mno-implicit-float -nostdlibinc -nobuiltininc \
        -isystem ../../include -c "$source" -o "$work/$name.obj"
    "$(tool lld-link)" /nologo /driver /subsystem:native /entry:DriverEntry /nodefaultlib \
        /Brepro /debug:none /timestamp:0 /out:"$name.sys" \
        "$work/$name.obj" "$work/ntoskrnl.lib" "$work/netio.lib"
    chmod 644 "$name.sys"
done
