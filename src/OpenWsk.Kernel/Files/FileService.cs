// Files by name. It knows nothing about devices: see ../Devices/IoService.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>The files of one world.</summary>
public sealed class FileService
{
    internal bool IsFilePath(string path) => false;

    internal NTSTATUS Open(in FileOpening opening, out OpenFile? file, out nuint information)
    {
        (file, information) = (null, 0);
        return NTSTATUS.STATUS_OBJECT_NAME_NOT_FOUND;
    }
}
