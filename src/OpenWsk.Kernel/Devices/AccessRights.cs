// Generic rights as file objects map them. It knows nothing about who has which right: the openers of this
// world are administrators, and get what they ask for. Values: the documentation of access masks.
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>Maps generic rights.</summary>
internal static class AccessRights
{
    private const uint GenericRead = 0x8000_0000;
    private const uint GenericWrite = 0x4000_0000;
    private const uint GenericExecute = 0x2000_0000;
    private const uint GenericAll = 0x1000_0000;
    private const uint MaximumAllowed = 0x0200_0000;

    /// <summary>The rights of a file or device that a mask with generic rights stands for.</summary>
    public static uint OfFile(uint access)
    {
        var specific = access & 0x01FF_FFFF;
        if ((access & GenericRead) != 0)
            specific |= FILE_GENERIC_READ;
        if ((access & GenericWrite) != 0)
            specific |= FILE_GENERIC_WRITE;
        if ((access & GenericExecute) != 0)
            specific |= FILE_GENERIC_EXECUTE;
        if ((access & (GenericAll | MaximumAllowed)) != 0)
            specific |= FILE_ALL_ACCESS;
        return specific;
    }
}
