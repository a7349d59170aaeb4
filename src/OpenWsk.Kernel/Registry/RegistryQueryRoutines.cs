// The registry routines of Rtl, which name keys by a place and a path below it. It knows nothing about
// tables: see RegistryQuery.cs.
using OpenWsk.Abi;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>Registry routines of ntoskrnl that take paths.</summary>
public static class RegistryQueryRoutines
{
    /// <summary>Gives the values that a table names to routines, or stores them.</summary>
    /// <remarks>
    /// Errors: STATUS_OBJECT_NAME_NOT_FOUND when the key or a required value is not there;
    /// STATUS_OBJECT_TYPE_MISMATCH when a type is checked and another; STATUS_BUFFER_TOO_SMALL;
    /// STATUS_INVALID_PARAMETER; what a routine returns.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS RtlQueryRegistryValues(
        Executive executive,
        uint RelativeTo,
        nuint Path,
        GuestPtr<RTL_QUERY_REGISTRY_TABLE> QueryTable,
        nuint Context,
        nuint Environment)
    {
        var key = Find(executive, RelativeTo, Path, makes: false);
        if (key is not null)
            return new RegistryQuery(executive, key, Context, Environment).Run(QueryTable);
        return (RelativeTo & RTL_REGISTRY_OPTIONAL) != 0
            ? NTSTATUS.STATUS_SUCCESS
            : NTSTATUS.STATUS_OBJECT_NAME_NOT_FOUND;
    }

    /// <summary>RtlQueryRegistryValues, which newer headers call so.</summary>
    /// <remarks>Errors: those of RtlQueryRegistryValues.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS RtlQueryRegistryValuesEx(
        Executive executive,
        uint RelativeTo,
        nuint Path,
        GuestPtr<RTL_QUERY_REGISTRY_TABLE> QueryTable,
        nuint Context,
        nuint Environment) =>
        RtlQueryRegistryValues(executive, RelativeTo, Path, QueryTable, Context, Environment);

    /// <summary>Sets a value; the key is made when it is not there.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER for an unknown place.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS RtlWriteRegistryValue(
        Executive executive,
        uint RelativeTo,
        nuint Path,
        nuint ValueName,
        uint ValueType,
        nuint ValueData,
        uint ValueLength)
    {
        var key = Find(executive, RelativeTo, Path, makes: true);
        if (key is null)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var name = ValueName == 0 ? "" : GuestMemory.WideZ(ValueName).ToString();
        executive.Registry.SetValue(key, name, ValueType, GuestMemory.Span(ValueData, (int)ValueLength));
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Whether a key is there.</summary>
    /// <remarks>Errors: STATUS_OBJECT_NAME_NOT_FOUND.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS RtlCheckRegistryKey(Executive executive, uint RelativeTo, nuint Path) =>
        Find(executive, RelativeTo, Path, makes: false) is null
            ? NTSTATUS.STATUS_OBJECT_NAME_NOT_FOUND
            : NTSTATUS.STATUS_SUCCESS;

    /// <summary>Makes a key.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS RtlCreateRegistryKey(Executive executive, uint RelativeTo, nuint Path) =>
        Find(executive, RelativeTo, Path, makes: true) is null
            ? NTSTATUS.STATUS_INVALID_PARAMETER
            : NTSTATUS.STATUS_SUCCESS;

    /// <summary>Deletes a value.</summary>
    /// <remarks>Errors: STATUS_OBJECT_NAME_NOT_FOUND.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS RtlDeleteRegistryValue(
        Executive executive, uint RelativeTo, nuint Path, nuint ValueName)
    {
        var key = Find(executive, RelativeTo, Path, makes: false);
        var isDeleted = key is not null
            && executive.Registry.DeleteValue(key, GuestMemory.WideZ(ValueName).ToString());
        return isDeleted ? NTSTATUS.STATUS_SUCCESS : NTSTATUS.STATUS_OBJECT_NAME_NOT_FOUND;
    }

    private static RegistryKey? Find(Executive executive, uint relativeTo, nuint path, bool makes)
    {
        if ((relativeTo & RTL_REGISTRY_HANDLE) != 0)
            return RegistryKeyRoutines.KeyOf(executive, path, out var key).IsSuccess() ? key : null;
        var place = (relativeTo & ~RTL_REGISTRY_OPTIONAL) switch
        {
            RTL_REGISTRY_ABSOLUTE => "",
            RTL_REGISTRY_SERVICES => RegistryService.Services,
            RTL_REGISTRY_CONTROL => @"\Registry\Machine\System\CurrentControlSet\Control",
            RTL_REGISTRY_WINDOWS_NT => @"\Registry\Machine\Software\Microsoft\Windows NT\CurrentVersion",
            RTL_REGISTRY_DEVICEMAP => @"\Registry\Machine\Hardware\DeviceMap",
            RTL_REGISTRY_USER => @"\Registry\User\.Default",
            _ => null,
        };
        if (place is null)
            return null;
        var whole = place + '\\' + (path == 0 ? "" : GuestMemory.WideZ(path).ToString());
        return makes ? executive.Registry.Create(whole) : executive.Registry.Open(whole);
    }
}
