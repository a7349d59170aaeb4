// The option values of one socket, checked and kept as Winsock does: a ULONG each, or a row of bytes. It
// knows nothing about what they do; the socket asks for the ones that it acts on. Which there are:
// OptionTable.cs.
using System.Buffers.Binary;
using OpenWsk.Abi;

namespace OpenWsk.Net.Sim.Options;

/// <summary>The options of one socket.</summary>
internal sealed class SocketOptions(SocketKinds kind, ushort family)
{
    private readonly Dictionary<(uint Level, uint Name), uint> _numbers = [];
    private readonly Dictionary<(uint Level, uint Name), byte[]> _bytes = [];

    /// <summary>Whether IPv4 goes over this IPv6 socket too.</summary>
    public bool IsDual => family == WskConstants.AF_INET6
        && !IsOn(WskConstants.IPPROTO_IPV6, WskConstants.IPV6_V6ONLY);

    /// <summary>The value of an option that this socket has.</summary>
    public uint Number(uint level, uint name) => _numbers.TryGetValue((level, name), out var number)
        ? number
        : Require(level, name).Default;

    public bool IsOn(uint level, uint name) => Number(level, name) != 0;

    /// <summary>The value of an option if it was ever set.</summary>
    public uint? NumberIfSet(uint level, uint name) =>
        _numbers.TryGetValue((level, name), out var number) ? number : null;

    /// <summary>Sets an option; the statuses are those of the port.</summary>
    public NTSTATUS Set(uint level, uint name, ReadOnlySpan<byte> value, bool isBound)
    {
        var option = OptionTable.Find(kind, family, level, name);
        if (option is null)
            return NTSTATUS.STATUS_NOT_SUPPORTED;
        if (option.BytesMax > 0)
            return SetBytes(option, (level, name), value);
        if (value.Length != sizeof(uint))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var number = BinaryPrimitives.ReadUInt32LittleEndian(value);
        if (option is { Max: 1, Min: 0 })
            number = Math.Min(number, 1);
        if (number < option.Min || number > option.Max)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        if (option.IsEarly && isBound)
            return NTSTATUS.STATUS_INVALID_DEVICE_STATE;
        _numbers[(level, name)] = number;
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Reads an option; the statuses are those of the port.</summary>
    public NTSTATUS Get(uint level, uint name, Span<byte> value, out int bytes)
    {
        bytes = 0;
        var option = OptionTable.Find(kind, family, level, name);
        if (option is null)
            return NTSTATUS.STATUS_NOT_SUPPORTED;
        if (option.BytesMax > 0)
        {
            var row = _bytes.GetValueOrDefault((level, name), []);
            if (!row.AsSpan().TryCopyTo(value))
                return NTSTATUS.STATUS_BUFFER_TOO_SMALL;
            bytes = row.Length;
            return NTSTATUS.STATUS_SUCCESS;
        }
        if (!BinaryPrimitives.TryWriteUInt32LittleEndian(value, Number(level, name)))
            return NTSTATUS.STATUS_BUFFER_TOO_SMALL;
        bytes = sizeof(uint);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Takes over what was set on another socket: a listener's, by what it accepts.</summary>
    public void Inherit(SocketOptions from)
    {
        foreach (var (option, number) in from._numbers)
            _numbers[option] = number;
        foreach (var (option, row) in from._bytes)
            _bytes[option] = row;
    }

    private NTSTATUS SetBytes(SocketOption option, (uint Level, uint Name) key, ReadOnlySpan<byte> value)
    {
        if (value.Length > option.BytesMax)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        _bytes[key] = value.ToArray();
        return NTSTATUS.STATUS_SUCCESS;
    }

    private SocketOption Require(uint level, uint name) => OptionTable.Find(kind, family, level, name)
        ?? throw new InvalidOperationException($"A {kind} socket has no option {level}, {name}.");
}
