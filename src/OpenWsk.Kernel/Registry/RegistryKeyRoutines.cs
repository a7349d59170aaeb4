// Keys by handle as drivers use them: Zw...Key. It knows nothing about tables of queries: see
// RegistryQuery.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Registry routines of ntoskrnl that take handles.</summary>
public static class RegistryKeyRoutines
{
    private const int KeyObjectBytes = 16;

    /// <summary>Opens a key that is there.</summary>
    /// <remarks>Errors: STATUS_OBJECT_NAME_NOT_FOUND; STATUS_OBJECT_PATH_SYNTAX_BAD;
    /// STATUS_INVALID_HANDLE.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ZwOpenKey(
        Executive executive,
        GuestPtr<nuint> KeyHandle,
        uint DesiredAccess,
        GuestPtr<OBJECT_ATTRIBUTES> ObjectAttributes)
    {
        var status = Resolve(executive, ObjectAttributes, out var from, out var path);
        if (!status.IsSuccess())
            return status;
        var key = executive.Registry.Open(path, from);
        if (key is null)
            return NTSTATUS.STATUS_OBJECT_NAME_NOT_FOUND;
        KeyHandle.Value = OpenHandle(executive, key);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>ZwOpenKey with options, which make no difference in a registry without links.</summary>
    /// <remarks>Errors: those of ZwOpenKey.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ZwOpenKeyEx(
        Executive executive,
        GuestPtr<nuint> KeyHandle,
        uint DesiredAccess,
        GuestPtr<OBJECT_ATTRIBUTES> ObjectAttributes,
        uint OpenOptions) =>
        ZwOpenKey(executive, KeyHandle, DesiredAccess, ObjectAttributes);

    /// <summary>Opens a key, which is made when it is not there and the one above it is.</summary>
    /// <remarks>Errors: STATUS_OBJECT_NAME_NOT_FOUND when the key above is not there; those of
    /// ZwOpenKey.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ZwCreateKey(
        Executive executive,
        GuestPtr<nuint> KeyHandle,
        uint DesiredAccess,
        GuestPtr<OBJECT_ATTRIBUTES> ObjectAttributes,
        uint TitleIndex,
        nuint Class,
        uint CreateOptions,
        GuestPtr<uint> Disposition)
    {
        var status = Resolve(executive, ObjectAttributes, out var from, out var path);
        if (!status.IsSuccess())
            return status;
        var isThere = executive.Registry.Open(path, from) is not null;
        var cut = path.TrimEnd('\\').LastIndexOf('\\');
        if (!isThere && executive.Registry.Open(cut < 0 ? "" : path[..cut], from) is null)
            return NTSTATUS.STATUS_OBJECT_NAME_NOT_FOUND;
        KeyHandle.Value = OpenHandle(executive, executive.Registry.Create(path, from));
        // REG_CREATED_NEW_KEY and REG_OPENED_EXISTING_KEY.
        if (!Disposition.IsNull)
            Disposition.Value = isThere ? 2u : 1u;
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Opens a key of a driver's for parameters or state, which is made when it is not there.
    /// </summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER for another kind of key.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS IoOpenDriverRegistryKey(
        Executive executive,
        GuestPtr<DRIVER_OBJECT> DriverObject,
        int RegKeyType,
        uint DesiredAccess,
        uint Flags,
        GuestPtr<nuint> DriverRegKey)
    {
        // DriverRegKeyParameters, DriverRegKeyPersistentState, DriverRegKeySharedPersistentState.
        string[] places = ["Parameters", "PersistentState", "SharedPersistentState"];
        if ((uint)RegKeyType >= (uint)places.Length)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        ref var extension = ref new GuestPtr<DRIVER_EXTENSION>(DriverObject.Value.DriverExtension).Value;
        var name = extension.ServiceKeyName;
        var service = GuestMemory.Chars(name.Buffer, name.Length / 2).ToString();
        var key = executive.Registry.Create($@"{RegistryService.Services}\{service}\{places[RegKeyType]}");
        DriverRegKey.Value = OpenHandle(executive, key);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Reads a value.</summary>
    /// <remarks>
    /// Errors: STATUS_OBJECT_NAME_NOT_FOUND; STATUS_BUFFER_TOO_SMALL when the fixed part does not fit;
    /// STATUS_BUFFER_OVERFLOW when the rest was cut; STATUS_INVALID_HANDLE.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ZwQueryValueKey(
        Executive executive,
        nuint KeyHandle,
        GuestPtr<UNICODE_STRING> ValueName,
        KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass,
        nuint KeyValueInformation,
        uint Length,
        GuestPtr<uint> ResultLength)
    {
        var status = KeyOf(executive, KeyHandle, out var key);
        if (!status.IsSuccess())
            return status;
        var value = executive.Registry.GetValue(key, UnicodeText.Of(ValueName).ToString());
        return value is null
            ? NTSTATUS.STATUS_OBJECT_NAME_NOT_FOUND
            : KeyValueWriter.Write(value, KeyValueInformationClass, KeyValueInformation, Length,
            ResultLength);
    }

    /// <summary>Reads the value with a number.</summary>
    /// <remarks>Errors: STATUS_NO_MORE_ENTRIES; those of ZwQueryValueKey.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ZwEnumerateValueKey(
        Executive executive,
        nuint KeyHandle,
        uint Index,
        KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass,
        nuint KeyValueInformation,
        uint Length,
        GuestPtr<uint> ResultLength)
    {
        var status = KeyOf(executive, KeyHandle, out var key);
        if (!status.IsSuccess())
            return status;
        var values = executive.Registry.ValuesOf(key);
        return Index >= (uint)values.Count
            ? NTSTATUS.STATUS_NO_MORE_ENTRIES
            : KeyValueWriter.Write(
                values[(int)Index], KeyValueInformationClass, KeyValueInformation, Length, ResultLength);
    }

    /// <summary>Tells about the key with a number below a key.</summary>
    /// <remarks>
    /// Errors: STATUS_NO_MORE_ENTRIES; STATUS_BUFFER_TOO_SMALL; STATUS_BUFFER_OVERFLOW;
    /// STATUS_INVALID_PARAMETER for a class that is none of basic, node and full information.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ZwEnumerateKey(
        Executive executive,
        nuint KeyHandle,
        uint Index,
        int KeyInformationClass,
        nuint KeyInformation,
        uint Length,
        GuestPtr<uint> ResultLength)
    {
        var status = KeyOf(executive, KeyHandle, out var key);
        if (!status.IsSuccess())
            return status;
        var children = executive.Registry.ChildrenOf(key);
        if (Index >= (uint)children.Count)
            return NTSTATUS.STATUS_NO_MORE_ENTRIES;
        return KeyInformationClass > KeyWriter.FullInformation
            ? NTSTATUS.STATUS_INVALID_PARAMETER
            : KeyWriter.Write(
                executive.Registry, children[(int)Index], KeyInformationClass, KeyInformation, Length,
                ResultLength);
    }

    /// <summary>Tells about a key.</summary>
    /// <remarks>
    /// Errors: STATUS_BUFFER_TOO_SMALL; STATUS_BUFFER_OVERFLOW; STATUS_INVALID_PARAMETER for a class that is
    /// none of basic, node, full, name and cached information; STATUS_INVALID_HANDLE.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ZwQueryKey(
        Executive executive,
        nuint KeyHandle,
        int KeyInformationClass,
        nuint KeyInformation,
        uint Length,
        GuestPtr<uint> ResultLength)
    {
        var status = KeyOf(executive, KeyHandle, out var key);
        return status.IsSuccess()
            ? KeyWriter.Write(
                executive.Registry, key, KeyInformationClass, KeyInformation, Length, ResultLength)
            : status;
    }

    /// <summary>Sets a value.</summary>
    /// <remarks>Errors: STATUS_INVALID_HANDLE; STATUS_KEY_DELETED.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ZwSetValueKey(
        Executive executive,
        nuint KeyHandle,
        GuestPtr<UNICODE_STRING> ValueName,
        uint TitleIndex,
        uint Type,
        nuint Data,
        uint DataSize)
    {
        var status = KeyOf(executive, KeyHandle, out var key);
        if (status.IsSuccess())
        {
            var name = UnicodeText.Of(ValueName).ToString();
            executive.Registry.SetValue(key, name, Type, GuestMemory.Span(Data, (int)DataSize));
        }
        return status;
    }

    /// <summary>Deletes a value.</summary>
    /// <remarks>Errors: STATUS_OBJECT_NAME_NOT_FOUND; STATUS_INVALID_HANDLE; STATUS_KEY_DELETED.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ZwDeleteValueKey(
        Executive executive, nuint KeyHandle, GuestPtr<UNICODE_STRING> ValueName)
    {
        var status = KeyOf(executive, KeyHandle, out var key);
        if (!status.IsSuccess())
            return status;
        return executive.Registry.DeleteValue(key, UnicodeText.Of(ValueName).ToString())
            ? NTSTATUS.STATUS_SUCCESS
            : NTSTATUS.STATUS_OBJECT_NAME_NOT_FOUND;
    }

    /// <summary>Deletes a key that has none below it.</summary>
    /// <remarks>Errors: STATUS_CANNOT_DELETE; STATUS_INVALID_HANDLE; STATUS_KEY_DELETED.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ZwDeleteKey(Executive executive, nuint KeyHandle)
    {
        var status = KeyOf(executive, KeyHandle, out var key);
        if (!status.IsSuccess())
            return status;
        return executive.Registry.DeleteKey(key) ? NTSTATUS.STATUS_SUCCESS : NTSTATUS.STATUS_CANNOT_DELETE;
    }

    /// <summary>Writes a key to disk, which this registry has none of.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ZwFlushKey(
        Executive executive, nuint KeyHandle) => KeyOf(executive, KeyHandle, out _);

    /// <summary>The key behind a handle.</summary>
    internal static NTSTATUS KeyOf(Executive executive, nuint handle, out RegistryKey key)
    {
        key = null!;
        if (!executive.Handles.TryGet(handle, out var target)
            || !executive.Objects.TryGet(target, out var record))
            return NTSTATUS.STATUS_INVALID_HANDLE;
        if (record.Payload is not KeyBody body)
            return NTSTATUS.STATUS_OBJECT_TYPE_MISMATCH;
        key = body.Key;
        return key.IsDeleted ? NTSTATUS.STATUS_KEY_DELETED : NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>A new handle of a key.</summary>
    internal static nuint OpenHandle(Executive executive, RegistryKey key)
    {
        var target = executive.Objects.Create(ObjectKind.Key, KeyObjectBytes, new KeyBody(executive, key));
        var handle = executive.Handles.Open(target);
        executive.Objects.Dereference(target);
        return handle;
    }

    private static NTSTATUS Resolve(
        Executive executive, GuestPtr<OBJECT_ATTRIBUTES> attributes, out RegistryKey? from, out string path)
    {
        from = null;
        path = attributes.IsNull ? "" : UnicodeText.Of(attributes.Value.ObjectName).ToString();
        if (attributes.IsNull)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        if (attributes.Value.RootDirectory != 0)
            return KeyOf(executive, attributes.Value.RootDirectory, out from);
        if (!path.StartsWith('\\'))
            return NTSTATUS.STATUS_OBJECT_PATH_SYNTAX_BAD;
        return NTSTATUS.STATUS_SUCCESS;
    }
}
