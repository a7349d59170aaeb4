// getaddrinfo(3), freeaddrinfo(3) and getnameinfo(3) with the layout of Linux on 64 bits, the same in glibc
// and musl. It knows nothing about what is asked: LibcNames.Unsafe.cs.
using System.Runtime.InteropServices;

namespace OpenWsk.Net.Host;

internal static unsafe partial class Interop
{
    /// <summary>struct addrinfo.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct AddressInfo
    {
        public int Flags;
        public int Family;
        public int SocketType;
        public int Protocol;
        public uint AddressBytes;
        public byte* Address;
        public byte* CanonicalName;
        public AddressInfo* Next;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int getaddrinfo(
        string? node, string? service, AddressInfo* hints, AddressInfo** result);

    [LibraryImport("libc")]
    public static partial void freeaddrinfo(AddressInfo* list);

    [LibraryImport("libc")]
    public static partial int getnameinfo(
        byte* address, uint addressBytes, byte* host, uint hostBytes, byte* service, uint serviceBytes,
        int flags);
}
