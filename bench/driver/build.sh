#!/bin/sh
# Builds the drivers in bench/driver with clang and lld; the built files are committed, so that `openwsk bench`
# needs neither. The import library is the kernel's with the bench program's own routine added.
set -eu
export LC_ALL=C
cd "$(dirname "$0")"

# The newest numbered tool on the path, or the plain one.
tool() {
    for version in -19 -20 -18 -17 ''; do
        if command -v "$1$version" >/dev/null 2>&1; then echo "$1$version"; return; fi
    done
    echo "bench/driver/build.sh: $1 is not installed" >&2
    exit 1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
{ cat ../../include/lib/ntoskrnl.def; echo "    BenchAdd"; } > "$work/ntoskrnl.def"
"$(tool llvm-dlltool)" -m i386:x86-64 -d "$work/ntoskrnl.def" -l "$work/ntoskrnl.lib"
"$(tool llvm-dlltool)" -m i386:x86-64 -d ../../include/lib/netio.def -l "$work/netio.lib"
for source in *.c; do
    driver=${source%.c}
    "$(tool clang)" --target=x86_64-pc-windows-msvc -std=c11 -O2 -Wall -Wextra -Werror -ffreestanding \
        -fms-extensions -fasynchronous-unwind-tables -mno-implicit-float -fno-builtin \
        -nostdlibinc -nobuiltininc -isystem ../../include -c "$source" -o "$work/$driver.obj"
    "$(tool lld-link)" /nologo /driver /subsystem:native /entry:DriverEntry /nodefaultlib \
        /Brepro /debug:none /timestamp:0 "/out:$driver.sys" "$work/$driver.obj" \
        "$work/ntoskrnl.lib" "$work/netio.lib"
    chmod 644 "$driver.sys"
done
