// Makes the kernel's events. The executive stamps thread, IRQL and time when it emits them.
// It knows nothing about who listens. DebugPrint's text has one char per byte that the driver printed.
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>One maker for each kind of event.</summary>
public static class KernelEvents
{
    public static KernelEvent Call(Routine routine, ReadOnlySpan<ulong> arguments) =>
        WithArguments(KernelEventKind.Call, routine, 0, arguments);

    public static KernelEvent Return(Routine routine, ulong value) =>
        WithArguments(KernelEventKind.Return, routine, value, []);

    public static KernelEvent Callback(nuint target, ReadOnlySpan<ulong> arguments) =>
        WithArguments(KernelEventKind.Callback, null, target, arguments);

    public static KernelEvent CallbackReturn(nuint target, ulong value) =>
        WithArguments(KernelEventKind.CallbackReturn, null, value, [target]);

    public static KernelEvent IrpCompleted(nuint irp, Abi.NTSTATUS status, nuint information) =>
        WithArguments(KernelEventKind.IrpCompleted, null, 0, [irp, (uint)status, information]);

    public static KernelEvent Breach(string ruleId, string detail, int stack = 0) =>
        new() { Kind = KernelEventKind.Breach, Text = ruleId, Detail = detail, Value = (ulong)stack };

    public static KernelEvent DebugPrint(string text) =>
        new() { Kind = KernelEventKind.DebugPrint, Text = text };

    public static KernelEvent Created(
        string kind, nuint address) => Lifetime(KernelEventKind.Created, kind, address);

    public static KernelEvent Destroyed(string kind, nuint address) =>
        Lifetime(KernelEventKind.Destroyed, kind, address);

    public static KernelEvent Stopped(string reason) =>
        new() { Kind = KernelEventKind.Stopped, Text = reason };

    /// <summary>A trace event of the guest's: its provider, and what it says.</summary>
    public static KernelEvent Trace(string provider, string detail) =>
        new() { Kind = KernelEventKind.Trace, Text = provider, Detail = detail };

    /// <summary>The host has run out of something.</summary>
    public static KernelEvent Notice(string text) =>
        new() { Kind = KernelEventKind.Notice, Text = text };

    private static KernelEvent Lifetime(KernelEventKind eventKind, string kind, nuint address)
    {
        var e = WithArguments(eventKind, null, 0, [address]);
        e.Text = kind;
        return e;
    }

    private static KernelEvent WithArguments(
        KernelEventKind kind, Routine? routine, ulong value, ReadOnlySpan<ulong> arguments)
    {
        var e = new KernelEvent
        {
            Kind = kind,
            Routine = routine,
            Value = value,
            ArgumentCount = (byte)Math.Min(arguments.Length, 12),
        };
        arguments[..e.ArgumentCount].CopyTo(e.Arguments);
        return e;
    }
}
