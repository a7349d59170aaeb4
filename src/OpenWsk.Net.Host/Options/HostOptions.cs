// The option values of one socket: checked as Winsock does, told to the system, and kept, because the system
// reports some of them otherwise than they were set, and a socket may be made anew. It knows nothing about
// what they do; what the socket itself acts on it asks for here. Which there are: HostOptionTable.cs.
using System.Buffers.Binary;
using System.Net.Sockets;
using OpenWsk.Abi;

namespace OpenWsk.Net.Host.Options;

/// <summary>The options of one socket. Called under the socket's lock.</summary>
internal sealed partial class HostOptions(SocketKinds kind, ushort family)
{
    private static readonly Dictionary<(uint Level, uint Name), uint> s_none = [];

    // Shared, and then never changed, until the first option is set: most sockets set none, and accepted ones
    // have what their listener has.
    private Dictionary<(uint Level, uint Name), uint> _numbers = s_none;
    private bool _isShared = true;

    /// <summary>The value of an option that this socket has.</summary>
    public uint Number(uint level, uint name) => _numbers.TryGetValue((level, name), out var number)
        ? number
        : Require(level, name).Default;

    /// <summary>Whether a flag that this socket has is set.</summary>
    public bool IsOn(uint level, uint name) => Number(level, name) != 0;

    /// <summary>Whether an option was ever set.</summary>
    public bool IsSet(uint level, uint name) => _numbers.ContainsKey((level, name));

    /// <summary>Sets an option; the statuses are those of the port.</summary>
    /// <param name="socket">Null when there is no socket at the moment; the next one is told.</param>
    public NTSTATUS Set(
        SafeSocketHandle? socket, uint level, uint name, ReadOnlySpan<byte> value, bool isBound)
    {
        if (!HostSocketOptions.IsLinux)
        {
            return NTSTATUS.STATUS_NOT_SUPPORTED;
        }
        if (TrySetBytes(socket, level, name, value, out var status))
        {
            return status;
        }
        if (HostOptionTable.Find(kind, family, level, name) is not { } option)
        {
            return NTSTATUS.STATUS_NOT_SUPPORTED;
        }
        if (value.Length != sizeof(uint))
        {
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        }
        var number = BinaryPrimitives.ReadUInt32LittleEndian(value);
        if (option is { Max: 1, Min: 0 })
        {
            number = Math.Min(number, 1);
        }
        if (number < option.Min || number > option.Max)
        {
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        }
        if (option.IsEarly && isBound)
        {
            return NTSTATUS.STATUS_INVALID_DEVICE_STATE;
        }
        var error = socket is null ? Errno.None : Apply(socket, level, option, number);
        if (error == Errno.None)
        {
            Remember(level, name, number);
        }
        return HostErrors.ToStatus(error);
    }

    /// <summary>Reads an option; the statuses are those of the port.</summary>
    public NTSTATUS Get(SafeSocketHandle? socket, uint level, uint name, Span<byte> value, out int bytes)
    {
        bytes = 0;
        if (!HostSocketOptions.IsLinux)
        {
            return NTSTATUS.STATUS_NOT_SUPPORTED;
        }
        if (TryGetBytes(level, name, value, out bytes, out var status))
        {
            return status;
        }
        if (HostOptionTable.Find(kind, family, level, name) is not { } option)
        {
            return NTSTATUS.STATUS_NOT_SUPPORTED;
        }
        if (value.Length < sizeof(uint))
        {
            return NTSTATUS.STATUS_BUFFER_TOO_SMALL;
        }
        var number = IsSet(level, name) || socket is null
            ? Number(level, name)
            : option.Ask?.Invoke(socket) ?? option.Default;
        BinaryPrimitives.WriteUInt32LittleEndian(value, number);
        bytes = sizeof(uint);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Tells a new socket everything that was set.</summary>
    public void ApplyAll(SafeSocketHandle socket)
    {
        foreach (var ((level, name), number) in _numbers)
        {
            _ = Apply(socket, level, Require(level, name), number);
        }
        ApplyBytes(socket);
    }

    /// <summary>Takes over what was set on a listener; the system has done so with the socket.</summary>
    public void Inherit(HostOptions listener)
    {
        listener._isShared = true;
        _numbers = listener._numbers;
        InheritBytes(listener);
    }

    private void Remember(uint level, uint name, uint number)
    {
        if (_isShared)
        {
            _numbers = new Dictionary<(uint Level, uint Name), uint>(_numbers);
            _isShared = false;
        }
        _numbers[(level, name)] = number;
    }

    private Errno Apply(SafeSocketHandle socket, uint level, HostOption option, uint number)
    {
        var error = option.Apply?.Invoke(socket, number) ?? Errno.None;
        if (error != Errno.None || number == 0)
        {
            return error;
        }
        foreach (var name in option.Companions)
        {
            _ = Require(WskConstants.IPPROTO_TCP, name)
                .Apply!(socket, Number(WskConstants.IPPROTO_TCP, name));
        }
        return Errno.None;
    }

    private HostOption Require(uint level, uint name) => HostOptionTable.Find(kind, family, level, name)
        ?? throw new InvalidOperationException($"A {kind} socket has no option {level}, {name}.");
}
