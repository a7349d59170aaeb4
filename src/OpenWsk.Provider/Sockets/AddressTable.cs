// Who uses which local address, with Windows' sharing rules (group SD): the second bind is judged by its own
// option and the first one's, never by what the host's SO_REUSEADDR would say. The table of the group is the
// table below. It knows nothing about other processes of the host: their addresses are refused by the
// transport.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>The sharing option of a socket.</summary>
internal enum SharingOption
{
    None,
    ReuseAddress,
    ExclusiveAddressUse,
}

/// <summary>A local address in use.</summary>
internal sealed record AddressBinding(
    EndpointAddress Address,
    SharingOption Option,
    SecurityDescriptor Descriptor,
    IReadOnlySet<string> Context,
    bool IsDualStack = false);

/// <summary>The local addresses of one protocol in use in one world.</summary>
internal sealed class AddressTable
{
    private const char Success = 'S';
    private const char InUse = 'I';
    private const char Denied = 'D';
    private const char Check = 'C';

    // Rows: second bind none/wildcard, none/specific, reuse/wildcard, reuse/specific, exclusive/wildcard,
    // exclusive/specific. Columns: the first bind in the same order. Page: sharing-transport-addresses.
    private static readonly string[] s_table = ["ISISIS", "CICDDI", "DSSSDS", "CDSSDD", "IIIIII", "CICIDI"];

    private readonly Lock _gate = new();
    private readonly Dictionary<ushort, List<AddressBinding>> _byPort = [];

    // Connected sockets whose ports nobody has asked for yet. To ask costs a system call, so it is put off
    // until somebody binds to a port of his own choice.
    private readonly HashSet<ProviderSocket> _unasked = [];

    /// <summary>
    /// Judges a bind to an explicit port and, when allowed, takes the address. isShared: another socket of
    /// this world has it too, and the transport must let both live.
    /// </summary>
    public NTSTATUS TryTake(AddressBinding second, out bool isShared)
    {
        isShared = false;
        AskAll();
        lock (_gate)
        {
            if (!_byPort.TryGetValue(second.Address.Port, out var firsts))
                _byPort[second.Address.Port] = firsts = [];
            foreach (var first in firsts)
            {
                if (!Overlaps(first, second))
                    continue;
                var status = Judge(first, second);
                if (status != NTSTATUS.STATUS_SUCCESS)
                    return status;
                isShared = true;
            }
            firsts.Add(second);
            return NTSTATUS.STATUS_SUCCESS;
        }
    }

    /// <summary>Records an address whose port the transport has chosen: nobody else has it.</summary>
    public void Record(AddressBinding binding)
    {
        lock (_gate)
        {
            if (!_byPort.TryGetValue(binding.Address.Port, out var all))
                _byPort[binding.Address.Port] = all = [];
            all.Add(binding);
        }
    }

    /// <summary>Records a connected socket's address when it matters; the socket is asked then.</summary>
    public void RecordLater(ProviderSocket socket)
    {
        lock (_gate)
            _unasked.Add(socket);
    }

    /// <summary>The socket's address is free, or about to be recorded.</summary>
    public void Forget(ProviderSocket socket)
    {
        lock (_gate)
            _unasked.Remove(socket);
    }

    public void Release(AddressBinding binding)
    {
        lock (_gate)
        {
            if (_byPort.TryGetValue(binding.Address.Port, out var all) && all.Remove(binding)
                && all.Count == 0)
                _byPort.Remove(binding.Address.Port);
        }
    }

    // Takes the sockets' locks, under the binding one's: those who are asked are bound and never wait for it.
    private void AskAll()
    {
        ProviderSocket[] unasked;
        lock (_gate)
        {
            if (_unasked.Count == 0)
                return;
            unasked = [.. _unasked];
            _unasked.Clear();
        }
        foreach (var socket in unasked)
            socket.RecordNow();
    }

    // Two different specific addresses never conflict (SD-11). A dual-stack wildcard stands for the addresses
    // of both families.
    private static bool Overlaps(AddressBinding first, AddressBinding second)
    {
        if (first.Address.Family != second.Address.Family)
            return IsDualWildcard(first) || IsDualWildcard(second);
        return first.Address.IsWildcard || second.Address.IsWildcard
            || first.Address.WithoutPort() == second.Address.WithoutPort();
    }

    private static bool IsDualWildcard(AddressBinding binding) =>
        binding.IsDualStack && binding.Address.IsV6 && binding.Address.IsWildcard;

    private static NTSTATUS Judge(AddressBinding first, AddressBinding second) =>
        s_table[Index(second)][Index(first)] switch
        {
            Success => NTSTATUS.STATUS_SUCCESS,
            InUse => WskSettings.AddressInUse,
            Check when first.Descriptor.Grants(second.Context) => NTSTATUS.STATUS_SUCCESS,
            Check or Denied => NTSTATUS.STATUS_ACCESS_DENIED,
            _ => throw new InvalidOperationException("the sharing table has four values"),
        };

    private static int Index(AddressBinding binding) =>
        2 * (int)binding.Option + (binding.Address.IsWildcard ? 0 : 1);
}
