// One run of RtlQueryRegistryValues: works through the table, gives each value to its routine or stores it
// directly, and knows the defaults. Memory that routines see lives until they return.
// It knows nothing about paths: see RegistryQueryRoutines.cs. Stores: RegistryQuery.Direct.cs.
using System.Text;
using OpenWsk.Abi;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>Answers one query table.</summary>
internal sealed partial class RegistryQuery(
    Executive executive, RegistryKey topKey, nuint context, nuint environment = 0)
{
    // An environment that does not end is not followed for ever.
    private const int VariablesMax = 4096;
    private RegistryKey? _key;

    public NTSTATUS Run(GuestPtr<RTL_QUERY_REGISTRY_TABLE> table)
    {
        _key = topKey;
        for (; table.Value.QueryRoutine != 0 || table.Value.Name != 0; table = table.At(1))
        {
            var status = RunEntry(table.Value);
            if (!status.IsSuccess())
                return status;
        }
        return NTSTATUS.STATUS_SUCCESS;
    }

    private NTSTATUS RunEntry(in RTL_QUERY_REGISTRY_TABLE entry)
    {
        if (Has(entry, RTL_QUERY_REGISTRY_DIRECT)
            && (entry.Name == 0 || Has(entry, RTL_QUERY_REGISTRY_SUBKEY)))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        if ((entry.Flags & (RTL_QUERY_REGISTRY_TOPKEY | RTL_QUERY_REGISTRY_SUBKEY)) != 0)
            _key = topKey;
        if (Has(entry, RTL_QUERY_REGISTRY_SUBKEY))
            return RunSubkey(entry);
        if (Has(entry, RTL_QUERY_REGISTRY_NOVALUE))
            return Call(entry, "", REG_NONE, []);
        if (_key is null)
            return Missing(entry);
        return entry.Name == 0 ? RunAll(entry) : RunOne(entry);
    }

    // Goes to a key below; with a routine, all of its values are given to it.
    private NTSTATUS RunSubkey(in RTL_QUERY_REGISTRY_TABLE entry)
    {
        if (entry.Name == 0)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        _key = executive.Registry.Open(GuestMemory.WideZ(entry.Name).ToString(), topKey);
        if (_key is null)
            return Missing(entry);
        return entry.QueryRoutine == 0 ? NTSTATUS.STATUS_SUCCESS : RunAll(entry);
    }

    private NTSTATUS RunAll(in RTL_QUERY_REGISTRY_TABLE entry)
    {
        var values = executive.Registry.ValuesOf(_key!);
        if (values.Count == 0 && Has(entry, RTL_QUERY_REGISTRY_REQUIRED))
            return NTSTATUS.STATUS_OBJECT_NAME_NOT_FOUND;
        foreach (var value in values)
        {
            var status = Deliver(entry, value);
            if (!status.IsSuccess())
                return status;
        }
        return NTSTATUS.STATUS_SUCCESS;
    }

    private NTSTATUS RunOne(in RTL_QUERY_REGISTRY_TABLE entry)
    {
        var name = GuestMemory.WideZ(entry.Name).ToString();
        var value = executive.Registry.GetValue(_key!, name);
        if (value is not null)
        {
            var status = CheckType(entry, value.Type);
            if (!status.IsSuccess())
                return status;
            status = Deliver(entry, value);
            if (status.IsSuccess() && Has(entry, RTL_QUERY_REGISTRY_DELETE))
                executive.Registry.DeleteValue(_key!, name);
            return status;
        }
        var type = entry.DefaultType & ~RTL_QUERY_REGISTRY_TYPECHECK_MASK;
        return Has(entry, RTL_QUERY_REGISTRY_REQUIRED) || type == REG_NONE
            ? Missing(entry)
            : Deliver(entry, new RegistryValue(name, type, DefaultOf(entry, type)));
    }

    private static NTSTATUS Missing(in RTL_QUERY_REGISTRY_TABLE entry) =>
        Has(entry, RTL_QUERY_REGISTRY_REQUIRED)
            ? NTSTATUS.STATUS_OBJECT_NAME_NOT_FOUND
            : NTSTATUS.STATUS_SUCCESS;

    private static NTSTATUS CheckType(in RTL_QUERY_REGISTRY_TABLE entry, uint type)
    {
        if (!Has(entry, RTL_QUERY_REGISTRY_DIRECT) || !Has(entry, RTL_QUERY_REGISTRY_TYPECHECK))
            return NTSTATUS.STATUS_SUCCESS;
        var expected = entry.DefaultType >> (int)RTL_QUERY_REGISTRY_TYPECHECK_SHIFT;
        // Without NOEXPAND an expandable string is given as a string.
        if (type == REG_EXPAND_SZ && !Has(entry, RTL_QUERY_REGISTRY_NOEXPAND))
            type = REG_SZ;
        return type == expected ? NTSTATUS.STATUS_SUCCESS : NTSTATUS.STATUS_OBJECT_TYPE_MISMATCH;
    }

    // The length of a default string may be left out.
    private static byte[] DefaultOf(in RTL_QUERY_REGISTRY_TABLE entry, uint type)
    {
        if (entry.DefaultData == 0)
            return [];
        var length = (int)entry.DefaultLength;
        if (length == 0 && type is REG_SZ or REG_EXPAND_SZ)
            length = (GuestMemory.WideZ(entry.DefaultData).Length + 1) * 2;
        return GuestMemory.Span(entry.DefaultData, length).ToArray();
    }

    private NTSTATUS Deliver(in RTL_QUERY_REGISTRY_TABLE entry, RegistryValue value)
    {
        var isRaw = Has(entry, RTL_QUERY_REGISTRY_NOEXPAND);
        if (value.Type == REG_MULTI_SZ && !isRaw)
            return DeliverEach(entry, value);
        if (value.Type == REG_EXPAND_SZ && !isRaw)
            value = new RegistryValue(value.Name, REG_SZ, Expand(value.Data));
        return Has(entry, RTL_QUERY_REGISTRY_DIRECT)
            ? Store(entry, value)
            : Call(entry, value.Name, value.Type, value.Data);
    }

    // Each string of a list is given by itself, as a string; a list cannot be stored directly unless it is
    // raw.
    private NTSTATUS DeliverEach(in RTL_QUERY_REGISTRY_TABLE entry, RegistryValue value)
    {
        if (Has(entry, RTL_QUERY_REGISTRY_DIRECT))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        foreach (var text in Encoding.Unicode.GetString(value.Data).Split('\0',
            StringSplitOptions.RemoveEmptyEntries))
        {
            var status = Call(entry, value.Name, REG_SZ, Encoding.Unicode.GetBytes(text + '\0'));
            if (!status.IsSuccess())
                return status;
        }
        return NTSTATUS.STATUS_SUCCESS;
    }

    // Variables of the environment that the caller gave, and the one that every process has; unknown ones
    // stay
    // as they are, as on Windows.
    private byte[] Expand(byte[] data)
    {
        var text = Encoding.Unicode.GetString(data);
        foreach (var (name, value) in Variables())
            text = text.Replace($"%{name}%", value, StringComparison.OrdinalIgnoreCase);
        return Encoding.Unicode.GetBytes(text);
    }

    private IEnumerable<(string Name, string Value)> Variables()
    {
        var at = environment;
        for (var count = 0; at != 0 && count < VariablesMax; count++)
        {
            var line = GuestMemory.WideZ(at).ToString();
            if (line.Length == 0)
                break;
            at += (nuint)(line.Length + 1) * 2;
            // The names of drives' directories begin with an equals sign of their own.
            var end = line.IndexOf('=', 1);
            if (end > 0)
                yield return (line[..end], line[(end + 1)..]);
        }
        yield return ("SystemRoot", @"\SystemRoot");
    }

    private NTSTATUS Call(in RTL_QUERY_REGISTRY_TABLE entry, string name, uint type, ReadOnlySpan<byte> data)
    {
        if (entry.QueryRoutine == 0)
            return NTSTATUS.STATUS_SUCCESS;
        var nameAt = executive.Heap.Allocate((name.Length + 1) * 2);
        var dataAt = executive.Heap.Allocate(data.Length + 2);
        try
        {
            name.CopyToGuest(GuestMemory.Chars(nameAt, name.Length));
            data.CopyToGuest(GuestMemory.Span(dataAt, data.Length));
            return (NTSTATUS)(uint)executive.Code.Call(
                entry.QueryRoutine,
                [nameAt, type, type == REG_NONE ? 0
                    : dataAt, (uint)data.Length, context, entry.EntryContext]);
        }
        finally
        {
            executive.Heap.TryFree(nameAt);
            executive.Heap.TryFree(dataAt);
        }
    }

    private static bool Has(in RTL_QUERY_REGISTRY_TABLE entry, uint flag) => (entry.Flags & flag) != 0;
}
