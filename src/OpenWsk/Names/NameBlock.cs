// The guest memory of one name look-up: two UNICODE_STRINGs with their text or room for it, the hints, and
// where the list is stored. It lives as long as the call. It knows nothing about the calls.
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Kernel;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk;

/// <summary>Arguments of WskGetAddressInfo or WskGetNameInfo.</summary>
internal sealed class NameBlock : IDisposable
{
    private const int ServiceOffset = 16;
    private const int ResultOffset = 32;
    private const int HintsOffset = 48;
    private const int TextOffset = 128;

    private readonly GuestHeap _heap;
    private readonly nuint _block;
    private readonly bool _hasHost;
    private readonly bool _hasService;
    private bool _hasHints;

    /// <summary>Strings to look up; null for none.</summary>
    public NameBlock(GuestHeap heap, string? host, string? service)
        : this(heap, host?.Length ?? 0, service?.Length ?? 0)
    {
        _hasHost = host is not null;
        _hasService = service is not null;
        Write(_block, host);
        Write(_block + ServiceOffset, service);
    }

    /// <summary>Room for the longest names.</summary>
    public NameBlock(GuestHeap heap)
        : this(heap, (int)NI_MAXHOST, (int)NI_MAXSERV) => _hasHost = _hasService = true;

    private NameBlock(GuestHeap heap, int hostLength, int serviceLength)
    {
        _heap = heap;
        var (hostBytes, serviceBytes) = (Bytes(hostLength), Bytes(serviceLength));
        _block = heap.Allocate(TextOffset + hostBytes + serviceBytes);
        GuestMemory.Write(_block, new UNICODE_STRING
        {
            MaximumLength = (ushort)hostBytes,
            Buffer = _block + TextOffset,
        });
        GuestMemory.Write(_block + ServiceOffset, new UNICODE_STRING
        {
            MaximumLength = (ushort)serviceBytes,
            Buffer = _block + TextOffset + (nuint)hostBytes,
        });
    }

    public nuint Host => _hasHost ? _block : 0;

    public nuint Service => _hasService ? _block + ServiceOffset : 0;

    public nuint Hints => _hasHints ? _block + HintsOffset : 0;

    public nuint Result => _block + ResultOffset;

    public void SetHints(WskResolveHints hints)
    {
        _hasHints = true;
        GuestMemory.Write(_block + HintsOffset, new ADDRINFOEXW
        {
            ai_flags = (int)hints.Flags,
            ai_family = hints.Family switch
            {
                AddressFamily.InterNetwork => AF_INET,
                AddressFamily.InterNetworkV6 => AF_INET6,
                _ => AF_UNSPEC,
            },
            ai_socktype = hints.SocketType,
            ai_protocol = (int)hints.Protocol,
        });
    }

    public nuint ReadResult() => GuestMemory.Read<nuint>(Result);

    public string ReadHost() => Read(_block);

    public string ReadService() => Read(_block + ServiceOffset);

    public void Dispose() => _heap.Free(_block);

    // With the terminator, as much as a UNICODE_STRING can say.
    private static int Bytes(int characters) => characters < ushort.MaxValue / sizeof(char)
        ? (characters + 1) * sizeof(char)
        : throw new ArgumentException("the name is longer than a UNICODE_STRING can be");

    private static string Read(nuint text)
    {
        var value = GuestMemory.Read<UNICODE_STRING>(text);
        return GuestMemory.Chars(value.Buffer, value.Length / sizeof(char)).ToString();
    }

    private static void Write(nuint text, string? value)
    {
        if (value is null)
            return;
        ref var target = ref new GuestPtr<UNICODE_STRING>(text).Value;
        target.Length = (ushort)(value.Length * sizeof(char));
        value.CopyTo(GuestMemory.Chars(target.Buffer, value.Length));
    }
}
