// The error numbers (errno_t) that the C library's bounded routines return. It knows nothing about who
// returns them: see CBoundedRoutines.cs.
namespace OpenWsk.Kernel;

/// <summary>Error numbers of errno.h.</summary>
internal static class CErrors
{
    /// <summary>EINVAL.</summary>
    public const int Invalid = 22;

    /// <summary>ERANGE: the destination is too small.</summary>
    public const int Range = 34;

    /// <summary>STRUNCATE: the text was cut, as asked for.</summary>
    public const int Truncated = 80;
}
