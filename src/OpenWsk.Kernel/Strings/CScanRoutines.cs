// sscanf and sscanf_s: text of a driver's read by a format. It knows nothing about conversions:
// CTextScanner.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Scanning routines of ntoskrnl.</summary>
public static class CScanRoutines
{
    private const string Note = "without floating-point conversions, which end the scan";

    /// <summary>Reads values out of a text; how many were stored, -1 when the text ended first.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, Class = CallClass.Local, Note = Note)]
    public static int sscanf(Executive executive, nuint buffer, nuint format, VaList arguments) =>
        Scan(buffer, format, arguments, hasSizes: false);

    /// <summary>sscanf, with the size of its place behind each text's address.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, Class = CallClass.Local, Note = Note)]
    public static int sscanf_s(Executive executive, nuint buffer, nuint format, VaList arguments) =>
        Scan(buffer, format, arguments, hasSizes: true);

    private static int Scan(nuint buffer, nuint format, VaList arguments, bool hasSizes) =>
        buffer == 0 || format == 0
            ? -1
            : new CTextScanner(GuestMemory.AnsiZ(buffer), GuestMemory.AnsiZ(format), arguments, hasSizes)
                .Run();
}
