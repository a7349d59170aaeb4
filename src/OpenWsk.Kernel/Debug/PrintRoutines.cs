// DbgPrint and its family. The text becomes an event with one char per byte (Latin-1), so that whatever bytes
// a driver prints can be had back; a display encodes it as Latin-1 and gets UTF-8 where the driver's text was
// Unicode. It knows nothing about conversions: see GuestFormat.cs.
using System.Text;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>Debug output routines of ntoskrnl.</summary>
public static class PrintRoutines
{
    // One call transmits at most 512 bytes (page of DbgPrint).
    private const int TextMax = 512;

    /// <summary>Prints formatted text.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS DbgPrint(Executive executive, nuint Format, VaList Arguments) =>
        Print(executive, 0, Format, Arguments);

    /// <summary>Prints formatted text for a component at a level.</summary>
    /// <remarks>Divergence from Windows: no component's mask hides anything; all is printed.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Note = "no component's mask hides anything")]
    public static NTSTATUS DbgPrintEx(
        Executive executive, uint ComponentId, uint Level, nuint Format, VaList Arguments) =>
        Print(executive, 0, Format, Arguments);

    /// <summary>DbgPrintEx with a list of arguments.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Note = "no component's mask hides anything")]
    public static NTSTATUS vDbgPrintEx(
        Executive executive, uint ComponentId, uint Level, nuint Format, nuint arglist) =>
        Print(executive, 0, Format, new VaList(arglist));

    /// <summary>vDbgPrintEx with a text in front.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Note = "no component's mask hides anything")]
    public static NTSTATUS vDbgPrintExWithPrefix(
        Executive executive, nuint Prefix, uint ComponentId, uint Level, nuint Format, nuint arglist) =>
        Print(executive, Prefix, Format, new VaList(arglist));

    /// <summary>Prints a failed assertion and goes on.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void RtlAssert(
        Executive executive, nuint FailedAssertion, nuint FileName, uint LineNumber, nuint Message)
    {
        if (!executive.Observes(KernelEventKind.DebugPrint))
            return;
        var text = $"*** Assertion failed: {TextAt(FailedAssertion)}\n***   Source File: {TextAt(FileName)}, "
            + $"line {LineNumber}\n";
        executive.Emit(KernelEvents.DebugPrint(Message == 0 ? text : $"*** {TextAt(Message)}\n{text}"));
    }

    private static string TextAt(nuint address) =>
        address == 0 ? "" : Encoding.Latin1.GetString(GuestMemory.AnsiZ(address));

    private static NTSTATUS Print(Executive executive, nuint prefix, nuint format, VaList arguments)
    {
        if (!executive.Observes(KernelEventKind.DebugPrint))
            return NTSTATUS.STATUS_SUCCESS;
        Span<byte> bytes = stackalloc byte[TextMax];
        var sink = new FormatSink(bytes);
        if (prefix != 0)
            sink.AppendNarrow(GuestMemory.AnsiZ(prefix));
        GuestFormat.Write(ref sink, format, ref arguments);
        executive.Emit(KernelEvents.DebugPrint(Encoding.Latin1.GetString(bytes[..sink.StoredUnits])));
        return NTSTATUS.STATUS_SUCCESS;
    }
}
