// Names of files in the kernel's namespace as paths of the world's tree: drive C: and \SystemRoot. It knows
// nothing about what is there.
using System.Buffers;
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Maps names to paths.</summary>
internal static class FilePath
{
    private const string Folder = "Windows";

    private static readonly SearchValues<char> s_forbidden = SearchValues.Create("/:*?\"<>|\0");

    private static readonly (string Prefix, string Path)[] s_roots =
    [
        (@"\??\C:", ""), (@"\Device\HarddiskVolume1", ""),
        (@"\ArcName\multi(0)disk(0)rdisk(0)partition(1)", ""),
        (@"\SystemRoot", Folder), (@"\??\SystemRoot", Folder),
    ];

    /// <summary>Whether the name leads to a drive, there or not.</summary>
    public static bool IsOne(string name)
    {
        var canonical = DeviceTable.Canonical(name);
        return s_roots.Any(root => StartsWith(canonical, root.Prefix))
            || (canonical.Length > 5 && canonical.StartsWith(@"\??\", StringComparison.Ordinal)
                && canonical[5] == ':');
    }

    /// <summary>The path of a name.</summary>
    /// <remarks>
    /// Errors: STATUS_OBJECT_PATH_NOT_FOUND for a drive that is not there; STATUS_OBJECT_NAME_INVALID.
    /// </remarks>
    public static NTSTATUS Parse(string name, out string path)
    {
        var canonical = DeviceTable.Canonical(name);
        path = "";
        foreach (var (prefix, start) in s_roots)
        {
            if (!StartsWith(canonical, prefix))
                continue;
            var rest = canonical[prefix.Length..].Trim('\\');
            if (rest.AsSpan().ContainsAny(s_forbidden) || rest.Split('\\').Any(IsBad))
                return rest.Length == 0 ? NTSTATUS.STATUS_SUCCESS : NTSTATUS.STATUS_OBJECT_NAME_INVALID;
            path = (start.Length != 0 && rest.Length != 0 ? start + "/" : start) + rest.Replace('\\', '/');
            return NTSTATUS.STATUS_SUCCESS;
        }
        return NTSTATUS.STATUS_OBJECT_PATH_NOT_FOUND;
    }

    /// <summary>The path of the folder that holds a path.</summary>
    public static string ParentOf(string path) =>
        path.LastIndexOf('/') is > 0 and var slash ? path[..slash] : "";

    // The kernel takes names as they are: these two are a shell's.
    private static bool IsBad(string part) => part is "" or "." or "..";

    private static bool StartsWith(string name, string prefix) =>
        name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)
        && (name.Length == prefix.Length || name[prefix.Length] == '\\');
}
