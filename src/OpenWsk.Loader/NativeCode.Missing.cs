// Calls of imports that nobody implements. The stub in the image gives the import's number in this world and
// the address that the call will return to. It knows nothing about how stubs look; see
// Imports/MissingImport.cs.
using System.Runtime.InteropServices;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

public sealed unsafe partial class NativeCode
{
    private static readonly Lazy<nuint> s_missingThunk = new(() =>
    {
        var entry = (nuint)(delegate* unmanaged<ulong, ulong, ulong, ulong>)&OnMissingCall;
        return MachineCode.Shared.Import("missing import", entry, 2, isVariadic: false);
    });

    private readonly List<MissingImport> _missing = [];

    /// <summary>Where stubs go on, with the import's number and the caller's address.</summary>
    internal static nuint MissingThunk => s_missingThunk.Value;

    /// <summary>Gives a missing import its number.</summary>
    internal int Remember(MissingImport import)
    {
        executive.Routines.AddUnlisted(import.Routine);
        lock (_missing)
        {
            _missing.Add(import);
            return _missing.Count - 1;
        }
    }

    [UnmanagedCallersOnly]
    private static ulong OnMissingCall(ulong thread, ulong number, ulong caller)
    {
        try
        {
            var native = (NativeCode)GuestBoundary.ThreadAt(thread).Executive.Code.Native!;
            return native.AnswerMissing((int)number, (nuint)caller);
        }
        catch (Exception e)
        {
            return GuestBoundary.Unwind(thread, e);
        }
    }

    private ulong AnswerMissing(int number, nuint caller)
    {
        executive.ThrowIfStopped();
        MissingImport missing;
        lock (_missing)
            missing = _missing[number];
        missing.CountCall();
        var thread = executive.CurrentThread;
        var record = thread.Flight?.Begin(
            FlightRecord.DescribeCall((ulong)missing.Routine.Number, 0, thread.Irql));
        if (executive.ObservesCalls)
            executive.Emit(KernelEvents.Call(missing.Routine, []));
        if (missing.Answer is not { } status)
        {
            var name = missing.Import.ToString();
            var line =
                $"{name} was called from {NameAddress(caller)} and {missing.Advice(executive.Routines)}";
            // Windows does not load such a driver; this is what a call that leads nowhere comes to there.
            throw executive.BugCheck(
                new BugCheck(
                    BugCheckCode.SYSTEM_THREAD_EXCEPTION_NOT_HANDLED,
                    (ulong)Abi.NTSTATUS.STATUS_ENTRYPOINT_NOT_FOUND,
                    caller)
                {
                    Detail = line,
                    Line = line,
                });
        }
        if (executive.ObservesCalls)
            executive.Emit(KernelEvents.Return(missing.Routine, (ulong)status));
        thread.Flight?.End(record ?? 0, (ulong)status);
        return (ulong)status;
    }
}
