// The full name that OBJECT_ATTRIBUTES stand for: a name by itself, or one below an open file or device.
// It knows nothing about what the name leads to.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Reads OBJECT_ATTRIBUTES.</summary>
internal static class ObjectNames
{
    /// <summary>The full name.</summary>
    /// <remarks>
    /// Errors: STATUS_INVALID_PARAMETER; STATUS_INVALID_HANDLE; STATUS_OBJECT_PATH_SYNTAX_BAD for a relative
    /// name without a root.
    /// </remarks>
    public static NTSTATUS PathOf(
        Executive executive, GuestPtr<OBJECT_ATTRIBUTES> attributes, out string path)
    {
        path = "";
        if (attributes.IsNull || attributes.Value.Length != 48)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        path = UnicodeText.Of(attributes.Value.ObjectName).ToString();
        var root = attributes.Value.RootDirectory;
        if (root == 0)
            return path.Length == 0 ? NTSTATUS.STATUS_OBJECT_NAME_INVALID
                : path[0] == '\\' ? NTSTATUS.STATUS_SUCCESS : NTSTATUS.STATUS_OBJECT_PATH_SYNTAX_BAD;
        if (!executive.Handles.TryGet(root, out var target)
            || !executive.Objects.TryGet(target, out var record))
            return NTSTATUS.STATUS_INVALID_HANDLE;
        if (record.Payload is not OpenFile file)
            return NTSTATUS.STATUS_OBJECT_TYPE_MISMATCH;
        path = path.Length == 0 ? file.Opening.Path : $@"{file.Opening.Path.TrimEnd('\\')}\{path}";
        return NTSTATUS.STATUS_SUCCESS;
    }
}
